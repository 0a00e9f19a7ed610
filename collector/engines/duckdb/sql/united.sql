-- Devices to persons: those that nobody was known on stand for themselves, those of one user go to that user's other
-- devices, and of tangled ones every event has gone to its person already.
CREATE OR REPLACE TEMP TABLE gathered AS
WITH linked AS (SELECT hash(visitor) AS key, hash(person, 1) AS unit, tangled FROM known)
SELECT * FROM by_device ANTI JOIN linked USING (key)
UNION ALL
SELECT key, part, flatten(list(events)), bit_or(fits)
FROM (
    SELECT unit AS key, part, events, fits FROM by_device JOIN linked USING (key) WHERE NOT tangled
    UNION ALL
    SELECT * FROM by_event
)
GROUP BY key, part
