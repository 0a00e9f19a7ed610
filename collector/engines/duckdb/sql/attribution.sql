-- What happened to each person who converted, in order: touches, leads, conversions.
WITH told AS (
    SELECT person, t, 'touch' AS kind, label, NULL::DOUBLE AS value, NULL AS order_id, false AS again,
        NULL::DOUBLE AS returned, id
    FROM touched JOIN winner USING (unit) LEFT JOIN tied USING (seq)
    UNION ALL
    SELECT person, t, kind, NULL, value, order_id, again, returned, id FROM outcome SEMI JOIN winner USING (unit)
)
SELECT person, t, kind, label, value, order_id, again, returned FROM told ORDER BY person, t, id
