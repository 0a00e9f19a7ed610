SELECT name AS event, count(*) AS events, max(t) AS last FROM events
WHERE t >= $from AND t < $to GROUP BY name ORDER BY events DESC, event LIMIT $limit
