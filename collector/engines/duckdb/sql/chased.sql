-- The events of units that came to the second step, as far as they are needed: the others came to the first one, and no
-- further. What they entered by after the last time they did the second one leads nowhere.
CREATE OR REPLACE TEMP TABLE chased AS
SELECT m.key, m.e FROM marked m JOIN (SELECT key, max(e) AS second FROM level2 GROUP BY key) n USING (key)
WHERE {needed}
