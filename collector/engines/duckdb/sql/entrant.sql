-- The units that entered: their last entry, and their first one where that is of interest.
CREATE OR REPLACE TEMP TABLE entrant AS
SELECT key, {least} AS least, max(e) AS latest FROM marked WHERE {entry} GROUP BY key
