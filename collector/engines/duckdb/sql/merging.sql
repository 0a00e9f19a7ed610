-- The visits of islands that cannot be taken as they were sealed. `again`: they must be cut again from their events.
CREATE OR REPLACE TEMP TABLE merging AS
WITH chained AS (
    SELECT *, begun - max(stop) OVER before AS gap
    FROM near
    WINDOW before AS (PARTITION BY visitor_key ORDER BY begun, visit ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), islands AS (
    SELECT *, sum(coalesce(gap >= {timeout}, true)::INTEGER)
        OVER (PARTITION BY visitor_key ORDER BY begun, visit ROWS UNBOUNDED PRECEDING)::INTEGER AS island
    FROM chained
), judged AS (
    SELECT visitor_key, island, min(segment) < max(segment) AS joined,
        max(stop) - min(begun) >= {longest} OR min(begun) < {start} OR max(stop) >= {stop}
            OR min(segment) < max(segment) AND coalesce(min(gap) <= 0, false) AS again
    FROM islands GROUP BY visitor_key, island
)
SELECT i.visit, i.visitor_key, i.island, i.begun, i.tag, j.again
FROM islands i JOIN judged j USING (visitor_key, island)
WHERE j.joined OR j.again
