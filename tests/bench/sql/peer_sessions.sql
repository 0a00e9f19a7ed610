-- Gaps and islands in one order: a session begins after a gap, or at a campaign other than the island's last.
WITH gaps AS (
    SELECT visitor, t, name, tag, t - lagInFrame(t, 1, 0) OVER w >= 1800000 AS gap
    FROM events {where} WINDOW w AS (PARTITION BY visitor ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), islands AS (
    SELECT *, sum(gap) OVER w AS island
    FROM gaps WINDOW w AS (PARTITION BY visitor ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), carried AS (
    SELECT *, anyLast(tag) OVER w AS tag_before, anyLast(if(tag IS NULL, NULL, island)) OVER w AS island_before
    FROM islands WINDOW w AS (PARTITION BY visitor ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), cut AS (
    SELECT visitor, t, name, sum(gap OR tag IS NOT NULL
            AND (island_before IS NULL OR island_before <> island OR tag_before <> tag)) OVER w AS part
    FROM carried WINDOW w AS (PARTITION BY visitor ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), session AS (
    SELECT visitor, min(t) AS start, max(t) - min(t) AS duration, count() AS events,
        countIf(name = 'page_view') AS pageviews, countIf(name = 'purchase') AS conversions
    FROM cut GROUP BY visitor, part
)
SELECT intDiv(start, 86400000) AS day, count() AS sessions, uniqExact(visitor) AS visitors, countIf(events = 1) AS bounces,
    countIf(duration > 10000 OR pageviews >= 2 OR conversions > 0) AS engaged, avgIf(duration, events > 1) AS mean_duration
FROM session GROUP BY day WITH ROLLUP ORDER BY day
