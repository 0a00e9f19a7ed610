-- How far each unit came that entered: its depth, the events of its chain where they are of interest, and whether the
-- reference must judge it.
CREATE OR REPLACE TEMP TABLE {table} AS
SELECT key, part, fits & {open} > 0 AS open, odd, depth, events,
    CASE depth WHEN 1 THEN {single} WHEN 2 THEN [best.start, best.stop] ELSE [{links}][1:depth] END AS chain
FROM (
    SELECT *, CASE WHEN depth > 2 THEN {chain} END AS chosen
    FROM (SELECT *, coalesce(best.depth, 1) AS depth FROM folded)
)
