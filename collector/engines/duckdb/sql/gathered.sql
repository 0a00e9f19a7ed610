-- The packed events that fit a step, as a list by unit; `fits`: the bits of its steps, and one more if an entry's window
-- is still open.
CREATE OR REPLACE TEMP TABLE {table} AS
SELECT key, {part} AS part, list(({event})::BIGINT) AS events, bit_or(mask | {open}) AS fits
FROM (
    SELECT key, t, mask, {label} AS label, {money} AS money
    FROM (SELECT {key} AS key, {mask} AS mask, {carried} FROM events e {joins} WHERE {where}) e
    WHERE mask > 0
)
GROUP BY key{parted}
