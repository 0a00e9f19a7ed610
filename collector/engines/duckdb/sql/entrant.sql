-- The units that entered: their first entry, and `other` as levels have it.
CREATE OR REPLACE TEMP TABLE entrant AS
SELECT key, min(e) AS least, min(xor(e, {low})) AS other FROM marked WHERE {entry} GROUP BY key
