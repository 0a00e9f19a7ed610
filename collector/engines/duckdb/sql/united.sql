-- Devices to persons: those that nobody was known on stand for themselves, those of one user are that user's, and of
-- tangled ones every event is looked up, elsewhere.
WITH linked AS (SELECT hash(visitor) AS key, hash(person, 1) AS unit, tangled FROM known)
SELECT coalesce(l.unit, d.key) AS key, d.e
FROM ({by_device}) d LEFT JOIN linked l USING (key)
WHERE l.tangled IS NOT true
