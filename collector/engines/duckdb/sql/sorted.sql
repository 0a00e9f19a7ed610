-- The events of units that entered, in order, where the order matters.
CREATE OR REPLACE TEMP TABLE sorted AS
SELECT key, part, fits, CASE WHEN {needed} THEN list_sort(events) END AS events FROM {source} WHERE fits & 1 = 1
