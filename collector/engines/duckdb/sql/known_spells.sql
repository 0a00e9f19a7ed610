-- The table `known` as `known.sql` makes it, from spells instead of events, with the 64 bits that spells know a device by.
-- `shared` is left open where the sum of users by spell does not tell it; see `shared_spells.sql`.
CREATE OR REPLACE TEMP TABLE known AS
SELECT visitor, visitor_key, person, person <> last OR reset AS tangled,
    CASE WHEN person = last OR named <= 3 THEN false END AS shared
FROM (
    SELECT device AS visitor, any_value(visitor_key) AS visitor_key, min(users[1]) AS person, max(users[-1]) AS last,
        bool_or(reset) AS reset, sum(len(users)) AS named
    FROM {spells} WHERE device IS NOT NULL GROUP BY device
)
WHERE person IS NOT NULL
