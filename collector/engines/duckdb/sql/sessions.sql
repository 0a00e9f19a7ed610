SELECT id AS session, visitor, start, stop AS "end", duration AS duration_ms, events, pageviews, entry, exit, utm,
    utm_medium, utm_campaign, referrer,
    source, medium, campaign, channel, device, browser, country, bounced AS bounce_classic, engaged, conversions,
    $now - stop > $timeout + $lateness AS settled
FROM session WHERE start >= $from AND start < $to
ORDER BY start, visitor, id LIMIT $limit
