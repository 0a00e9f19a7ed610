-- Which devices in the table `known` more than three users share, where it is still open.
UPDATE known SET shared = visitor IN (
    SELECT device FROM (
        SELECT device, unnest(users) AS user_id FROM {spells}
        WHERE users IS NOT NULL AND device IN (SELECT visitor FROM known WHERE shared IS NULL)
    )
    GROUP BY device HAVING count(DISTINCT user_id) > 3
)
WHERE shared IS NULL
