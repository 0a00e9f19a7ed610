-- How far each unit came that entered: its depth, the events of its chain (c1, c2 …) where they are of interest, and
-- whether the reference must judge it.
CREATE OR REPLACE TEMP TABLE {table} AS
SELECT key, part, fits & {open} > 0 AS open, odd, depth, events{links}
FROM (
    SELECT *, CASE WHEN depth > 2 THEN {chain} END AS chosen
    FROM (SELECT *, coalesce(best.depth, 1) AS depth FROM folded)
)
