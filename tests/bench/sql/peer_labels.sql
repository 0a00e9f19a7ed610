-- The sessions of `peer_sessions` by what they are called, and the pages they begin and end on, in one pass.
-- What a session is called is its first event's: of 300 k one begins with two events at one time, or with a click.
WITH gaps AS (
    SELECT visitor, t, name, tag, path, source, medium, channel, device, country, t - lagInFrame(t, 1, 0) OVER w >= 1800000 AS gap
    FROM events {where} WINDOW w AS (PARTITION BY visitor ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), islands AS (
    SELECT *, sum(gap) OVER w AS island
    FROM gaps WINDOW w AS (PARTITION BY visitor ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), carried AS (
    SELECT *, anyLast(tag) OVER w AS tag_before, anyLast(if(tag IS NULL, NULL, island)) OVER w AS island_before
    FROM islands WINDOW w AS (PARTITION BY visitor ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), cut AS (
    SELECT visitor, t, name, path, source, medium, channel, device, country, sum(gap OR tag IS NOT NULL
            AND (island_before IS NULL OR island_before <> island OR tag_before <> tag)) OVER w AS part
    FROM carried WINDOW w AS (PARTITION BY visitor ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
), session AS (
    SELECT visitor, max(t) - min(t) AS duration, count() AS events, countIf(name = 'page_view') AS pageviews,
        countIf(name = 'purchase') AS conversions, argMinIf(path, t, name = 'page_view') AS entry,
        argMaxIf(path, t, name = 'page_view') AS exit,
        argMin(source, t) AS source, argMin(medium, t) AS medium, argMin(channel, t) AS channel,
        any(device) AS device, any(country) AS country
    FROM cut GROUP BY visitor, part
)
SELECT source, medium, channel, device, country, entry, exit, count() AS sessions,
    countIf(duration > 10000 OR pageviews >= 2 OR conversions > 0) AS engaged, countIf(conversions > 0) AS converted
FROM session GROUP BY GROUPING SETS ((source, medium), (channel), (device), (country), (entry), (exit))
