-- How far units came: the depth, and the events of the chain where they are of interest. The deepest chain, the one that
-- ends first, its latest start, and from there always the earliest next event.
CREATE OR REPLACE TEMP TABLE reached AS
WITH best AS ({levels}), middles AS (
    SELECT b.key, {middles} AS links FROM (FROM best WHERE depth > 2) b {links}
)
SELECT n.key, 0 AS part, {late} AS open, {odd} AS odd, coalesce(b.depth, 1) AS depth, {events} AS events,
    CASE WHEN b.depth IS NULL THEN {single} WHEN b.depth = 2 THEN [b.start, b.stop]
        ELSE list_append(m.links[1:b.depth - 1], b.stop) END AS chain
FROM entrant n {deep} best b USING (key) LEFT JOIN middles m USING (key)
