-- The first entry of each unit in each interval.
CREATE OR REPLACE TEMP TABLE entered AS
SELECT key, {number} AS number, {time} AS t
FROM (
    SELECT key, unnest(list_filter(entries, lambda e, n: {number} IS DISTINCT FROM {before})) AS e
    FROM (SELECT key, {entries} AS entries FROM reached)
)
