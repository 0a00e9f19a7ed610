-- Time on the pages asked for: from a view to the session's next one; the last view of a session tells none. Pages and ids
-- are numbers here: the long sort takes a third of the memory. Among views of one millisecond any order will do, as long
-- as it is always the same.
WITH told AS (
    SELECT page, count(following) AS timed, avg(following - t) AS avg_time_ms
    FROM (
        SELECT hash(path) AS page, t,
            lead(t) OVER (PARTITION BY number ORDER BY t, coalesce(page_seq, -1), hash(id)) AS following
        FROM sessioned WHERE name = 'page_view' AND path IS NOT NULL AND number IS NOT NULL AND t >= $from
    )
    WHERE t < $to GROUP BY page
)
SELECT p.path, timed, avg_time_ms FROM told JOIN (SELECT unnest($paths::VARCHAR[]) AS path) p ON page = hash(p.path)
