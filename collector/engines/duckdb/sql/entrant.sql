-- The units that entered: the bits of their steps, their first entry and their last one.
CREATE OR REPLACE TEMP TABLE entrant AS
SELECT key, bit_or({mask}) AS fits, min(e) FILTER ({entry}) AS least, max(e) FILTER ({entry}) AS latest
FROM marked GROUP BY key HAVING least IS NOT NULL
