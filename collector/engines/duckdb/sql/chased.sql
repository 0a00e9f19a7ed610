-- The events of units that did the first two steps: the others came to the first one, and no further.
CREATE OR REPLACE TEMP TABLE chased AS
SELECT key, e FROM marked SEMI JOIN (SELECT key FROM entrant WHERE fits & 3 = 3) USING (key)
