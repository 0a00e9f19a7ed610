-- The units that entered: their last entry, their last event of the second step, their first entry where that is of interest.
CREATE OR REPLACE TEMP TABLE entrant AS
SELECT key, {least} AS least, max(e) FILTER ({entry}) AS latest, max(e) FILTER ({second}) AS second
FROM marked GROUP BY key HAVING latest IS NOT NULL
