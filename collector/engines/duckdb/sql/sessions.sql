-- Sessions by start. Only the first ones are looked up by name.
WITH first_ones AS (
    SELECT * FROM session WHERE start >= $from AND start < $to AND start <= (
        SELECT max(start) FROM (
            SELECT start FROM session WHERE start >= $from AND start < $to ORDER BY start LIMIT $limit
        )
    )
)
SELECT e.id AS session, e.visitor, s.start, s.stop AS "end", s.duration AS duration_ms, s.events, s.pageviews, s.entry,
    s.exit, s.utm, s.utm_medium, s.utm_campaign, s.referrer,
    s.source, s.medium, s.campaign, s.channel, s.device, s.browser, s.country, s.bounced AS bounce_classic, s.engaged,
    s.conversions, $now - s.stop > $timeout + $lateness AS settled
FROM first_ones s JOIN events e ON e.seq = s.first_seq
ORDER BY s.start, e.visitor, e.id LIMIT $limit
