-- The units that entered and came no further, with their first entry: odd if its moment has another that carries something
-- else.
CREATE OR REPLACE TEMP TABLE lone AS
SELECT key, c1, xor(other, {low}) <> c1 AS odd FROM (
    SELECT key, min(e) AS c1, min(xor(e, {low})) AS other FROM marked WHERE {entry} GROUP BY key
) ANTI JOIN reached USING (key)
