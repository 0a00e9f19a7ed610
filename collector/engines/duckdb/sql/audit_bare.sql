-- Sessions that began on one of `pages` without a campaign, by UTC day. What was measured without a grant has none anyhow.
SELECT e.host || e.path AS page, s.start // 86400000 AS day, count(*) AS sessions
FROM session s JOIN events e ON e.seq = s.first_seq
WHERE s.start >= $from AND s.start < $to AND s.tag_seq IS NULL AND e.state IS DISTINCT FROM 'exempt'
    AND list_contains($pages::VARCHAR[], e.host || e.path)
GROUP BY ALL ORDER BY ALL
