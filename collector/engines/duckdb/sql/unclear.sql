-- Units of which some moment has two events for one later step that differ in what they carry: which of them comes first
-- lies in what was packed away.
CREATE OR REPLACE TEMP TABLE unclear AS
SELECT DISTINCT key FROM later WHERE {mask} & {unclear} > 0 GROUP BY key, e >> {codes} HAVING min(e) <> max(e)
