-- A page by its host and path. Entrances, exits and bounces count sessions that began in the range.
WITH views AS (
    SELECT path, count(*) AS views, count(DISTINCT hash(visitor)) AS visitors
    FROM events WHERE name = 'page_view' AND path IS NOT NULL AND t >= $from AND t < $to GROUP BY path
), entries AS (
    SELECT entry AS path, count(*) AS entrances, count(*) FILTER (bounced) AS bounces, count(*) FILTER (engaged) AS engaged
    FROM session WHERE start >= $from AND start < $to GROUP BY entry
), exits AS (
    SELECT exit AS path, count(*) AS exits FROM session WHERE start >= $from AND start < $to GROUP BY exit
)
SELECT path, views, visitors, coalesce(entrances, 0) AS entrances, coalesce(exits, 0) AS exits,
    bounces / nullif(entrances, 0) AS bounce_rate, engaged / nullif(entrances, 0) AS engagement_rate
FROM views LEFT JOIN entries USING (path) LEFT JOIN exits USING (path)
ORDER BY views DESC, path LIMIT $limit
