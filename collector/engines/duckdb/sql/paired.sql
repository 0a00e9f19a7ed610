-- The events that reach the second step, each with the latest entry before it: the latest of all pairs, which takes a third
-- less time than a sorted join, where a unit has few events of the second step.
CREATE OR REPLACE TEMP TABLE level2 AS
SELECT key, e, start FROM (
    SELECT f.key, f.e, max(m.e) AS start
    FROM (SELECT key, e FROM marked WHERE {entry}) m
        JOIN (FROM followed ANTI JOIN crowded USING (key)) f ON f.key = m.key AND m.e <= f.e
    GROUP BY f.key, f.e
    UNION ALL
    SELECT later.key, later.e, before.e
    FROM (FROM followed SEMI JOIN crowded USING (key)) later
        ASOF JOIN (SELECT key, e FROM marked SEMI JOIN crowded USING (key) WHERE {entry}) before
        ON before.key = later.key AND later.e >= before.e
)
WHERE {within}
