-- The first persons: only of those with as many events as the last of them, the names of devices are looked up.
WITH shown AS MATERIALIZED (
    SELECT * FROM persona
    WHERE events >= coalesce((SELECT events FROM persona ORDER BY events DESC LIMIT 1 OFFSET $others), 0)
), named AS (
    SELECT key, any_value(visitor) AS visitor
    FROM (SELECT {key} AS key, e.visitor FROM events e) SEMI JOIN shown USING (key) GROUP BY key
)
SELECT * FROM (
    SELECT coalesce(person, 'anon:' || visitor) AS person, devices, events, "first", "last"
    FROM shown LEFT JOIN named USING (key)
)
ORDER BY events DESC, person LIMIT $limit
