-- The first entry of each unit in each interval.
CREATE OR REPLACE TEMP TABLE entered AS
SELECT key, {number} AS number, min(t) AS t
FROM (SELECT key, {time} AS t FROM marked WHERE {entry}) ANTI JOIN odd USING (key)
GROUP BY ALL
