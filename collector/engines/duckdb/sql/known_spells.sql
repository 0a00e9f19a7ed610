-- The table `known` as `known.sql` makes it, from spells instead of events.
CREATE OR REPLACE TEMP TABLE known AS
SELECT device AS visitor, list_min(users) AS person, len(users) > 1 OR reset AS tangled, len(users) > 3 AS shared
FROM (
    SELECT device, list_distinct(flatten(list(users) FILTER (users IS NOT NULL))) AS users, bool_or(reset) AS reset
    FROM spell WHERE device IS NOT NULL GROUP BY device
)
WHERE len(users) > 0
