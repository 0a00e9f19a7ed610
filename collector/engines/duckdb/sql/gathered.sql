-- The marked events as a list by unit; `fits`: the bits of its steps, and one more if an entry's window is still open.
CREATE OR REPLACE TEMP TABLE gathered AS
SELECT key, {part} AS part, list(e) AS events, bit_or({mask} | CASE WHEN {entry} AND {late} THEN {open} ELSE 0 END) AS fits
FROM marked GROUP BY ALL
