-- The visits that another segment's might join, with all visits of their islands: time is looked at in slots of the
-- timeout; whatever is less than it apart lies in the same slot or in two neighbours. Visits of very long islands, and
-- those that the question sees in part, come too. A visitor with visits of one segment alone is of no interest, but for those.
CREATE OR REPLACE TEMP TABLE near AS
WITH spans AS (
    SELECT DISTINCT segment, begun // {timeout} AS a, stop // {timeout} AS z,
        long OR begun < {start} OR stop >= {stop} AS odd
    FROM visit
), slots AS (
    SELECT DISTINCT segment, unnest(range(a, z + 1)) AS slot FROM spans
), occupied AS (
    SELECT slot, min(segment) AS low, max(segment) AS high FROM slots GROUP BY slot
), around AS (
    SELECT slot, min(low) OVER next_to AS low, max(high) OVER next_to AS high
    FROM occupied WINDOW next_to AS (ORDER BY slot RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING)
), met AS (
    SELECT s.* FROM spans s JOIN around a ON a.slot = s.a JOIN around z ON z.slot = s.z
    WHERE a.low <> s.segment OR a.high <> s.segment OR z.low <> s.segment OR z.high <> s.segment OR s.z - s.a > 2 OR s.odd
), islands AS (
    SELECT v.visit - v.into_island AS island, v.visitor_key, v.segment, m.odd
    FROM visit v JOIN met m ON (m.segment, m.a, m.z) = (v.segment, v.begun // {timeout}, v.stop // {timeout})
), known AS (
    SELECT visitor_key FROM islands GROUP BY visitor_key HAVING min(segment) < max(segment) OR bool_or(odd)
)
SELECT v.visit, v.segment, v.visitor_key, v.begun, v.stop, v.tag
FROM visit v SEMI JOIN (SELECT island FROM islands SEMI JOIN known USING (visitor_key)) i
    ON i.island = v.visit - v.into_island
