-- Units of which some moment has two events for one step that differ in what they carry: which of them comes first lies
-- in what was packed away. Of units that only entered their first entry alone matters.
CREATE OR REPLACE TEMP TABLE unclear AS
SELECT DISTINCT key FROM chased WHERE {mask} & {unclear} > 0 GROUP BY key, e >> {codes} HAVING min(e) <> max(e)
UNION
SELECT m.key FROM marked m JOIN entrant n USING (key)
WHERE {unclear} & 1 = 1 AND m.e <> n.least AND m.e >> {codes} = n.least >> {codes}
