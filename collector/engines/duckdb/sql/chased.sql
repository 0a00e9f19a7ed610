-- The events of units that did the second step: the others came to the first one, and no further. What they entered by after
-- the last time they did the second one leads nowhere, and is of interest only where all entries are.
CREATE OR REPLACE TEMP TABLE chased AS
SELECT m.key, m.e FROM marked m JOIN (SELECT key, max(e) AS second FROM marked WHERE {second} GROUP BY key) n USING (key)
WHERE {all} OR m.e < n.second OR NOT {entry}
