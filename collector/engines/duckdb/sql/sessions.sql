SELECT id AS session, visitor, start, stop AS "end", duration AS duration_ms, events, pageviews, entry, exit, utm,
    source, medium, campaign, channel, device, browser, country, bounced AS bounce_classic, engaged,
    $now - stop > $timeout + $lateness AS settled
FROM session WHERE start >= $from AND start < $to
ORDER BY start, visitor LIMIT $limit
