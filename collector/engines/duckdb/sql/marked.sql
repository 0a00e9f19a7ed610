-- The packed events that fit a step, each with its unit. A filter is not pushed through what is random, so that the mask
-- is found once, a path at a time, and not again for every event that passes; `xor` is 0, and nothing random is added.
SELECT {key} AS key, ({event})::BIGINT AS e
FROM (
    SELECT {carried}, {mask} + CASE WHEN xor(e.t, e.t) <> 0 THEN random()::FLOAT ELSE 0::FLOAT END AS mask
    FROM events e {joins} WHERE {where}
) e
WHERE mask > 0
