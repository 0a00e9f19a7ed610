-- The events of units that entered, in order, where the order matters. A table of its own: what `list_sort` gives is slow
-- to read more than once.
CREATE OR REPLACE TEMP TABLE sorted AS
SELECT key, part, fits, CASE WHEN {needed} THEN list_sort(events) END AS events FROM {source} WHERE fits & 1 = 1
