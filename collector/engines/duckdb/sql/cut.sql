-- Events of every visitor cut into sessions: a gap of the timeout or more, a campaign that changed, a day that changed.
-- Islands longer than the maximum are cut again by the caller: that rule cannot be said with windows.
CREATE OR REPLACE TEMP TABLE cut AS
WITH ordered AS (
    SELECT seq, stream, t, page_seq, id, active, day, CASE WHEN active AND $split THEN tag END AS tag,
        t - lag(t) OVER (PARTITION BY stream ORDER BY t, page_seq, id) AS gap,
        day IS DISTINCT FROM lag(day) OVER (PARTITION BY stream ORDER BY t, page_seq, id) AS next_day
    FROM ({beats})
), islands AS (
    SELECT *, sum(CASE WHEN gap IS NULL OR gap >= $timeout OR next_day THEN 1 ELSE 0 END)
        OVER (PARTITION BY stream ORDER BY t, page_seq, id ROWS UNBOUNDED PRECEDING) AS island
    FROM ordered
), carried AS (
    SELECT *, last_value(tag IGNORE NULLS) OVER (
        PARTITION BY stream, island ORDER BY t, page_seq, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS before
    FROM islands
)
SELECT seq, stream, t, page_seq, id, tag, active, day, island,
    sum(CASE WHEN tag IS NOT NULL AND tag IS DISTINCT FROM before THEN 1 ELSE 0 END)
        OVER (PARTITION BY stream, island ORDER BY t, page_seq, id ROWS UNBOUNDED PRECEDING) AS part
FROM carried
