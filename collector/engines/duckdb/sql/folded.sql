-- The pass itself.
CREATE OR REPLACE TEMP TABLE folded AS
SELECT * REPLACE (CASE WHEN best.depth > 2 THEN thin END AS thin)
FROM (SELECT *, CASE WHEN thin IS NOT NULL THEN {fold} END AS best FROM thinned)
