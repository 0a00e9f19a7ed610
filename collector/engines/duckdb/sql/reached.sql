-- How far each unit came that entered: its depth, the events of its chain where they are of interest, and whether the
-- reference must judge it.
CREATE OR REPLACE TEMP TABLE {table} AS
SELECT key, part, open, odd, depth, {kept} AS events,
    CASE depth WHEN 1 THEN {single} WHEN 2 THEN [far.start, far.stop] ELSE [{links}][1:depth] END AS chain
FROM (
    SELECT *, CASE WHEN depth > 2 THEN {chain} END AS chosen
    FROM (
        SELECT *, coalesce(far.depth, 1) AS depth
        FROM (
            SELECT *, CASE WHEN thin IS NOT NULL THEN {fold} END AS far
            FROM (
                SELECT *, CASE WHEN fits & 3 = 3 AND NOT odd THEN {thinned} END AS thin
                FROM (SELECT key, part, events, fits, fits & {open} > 0 AS open, {odd} AS odd FROM sorted)
            )
        )
    )
)
