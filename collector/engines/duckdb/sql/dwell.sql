-- Time on the pages asked for: from a view to the session's next one; the last view of a session tells none. Pages and ids
-- are numbers here: the long sort takes a third of the memory. Among views of one millisecond any order will do, as long
-- as it is always the same. Asked of one part of the sessions at a time.
WITH told AS (
    SELECT page, count(following) AS timed, sum(following - t) AS spent
    FROM (
        SELECT hash(path) AS page, t,
            lead(t) OVER (PARTITION BY number ORDER BY t, coalesce(page_seq, -1), hash(id)) AS following
        FROM sessioned e WHERE name = 'page_view' AND path IS NOT NULL AND number IS NOT NULL AND t >= $from AND {part}
    )
    WHERE t < $to GROUP BY page
)
INSERT INTO dwelt SELECT p.path, timed, spent FROM told JOIN (SELECT unnest($paths::VARCHAR[]) AS path) p ON page = hash(p.path)
