-- How far units came: the depth, and the events of the chain. The deepest chain, the one that ends first, its latest
-- start, and from there always the earliest next event.
CREATE OR REPLACE TEMP TABLE reached AS
WITH best AS MATERIALIZED ({levels}), far AS MATERIALIZED (
    FROM later SEMI JOIN (FROM best WHERE depth > 2) USING (key)
), link1 AS (
    SELECT key, start AS c1 FROM best WHERE depth > 2
){links}
SELECT b.key, 0 AS part, false AS open, {odd} AS odd, b.depth, {events} AS events, {chain}
FROM best b LEFT JOIN link{last} l USING (key) {winners}
