SELECT path, count(*) AS views, count(DISTINCT visitor) AS visitors
FROM events WHERE name = 'page_view' AND t >= $from AND t <= $now
GROUP BY path ORDER BY views DESC, path LIMIT 20
