-- Devices to persons; of tangled ones every event is looked up, elsewhere.
SELECT coalesce(l.unit, d.key) AS key, d.e
FROM ({by_device}) d LEFT JOIN linked l USING (key)
WHERE l.tangled IS NOT true
