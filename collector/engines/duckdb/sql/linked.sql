-- The devices whose events are not simply the device's own: those of a user who has others, and tangled ones. A user with one
-- device is told apart by the device, like a visitor whom nobody knows.
CREATE OR REPLACE TEMP TABLE linked AS
SELECT {key} AS key, hash(person, 1) AS unit, tangled FROM known
WHERE tangled OR person IN (SELECT person FROM known GROUP BY person HAVING count(*) > 1)
    OR person IN (SELECT person FROM person)
