SELECT path, count() AS views, uniqExact(visitor) AS visitors
FROM (SELECT * FROM events {where}) WHERE name = 'page_view' GROUP BY path ORDER BY views DESC, path LIMIT 10
