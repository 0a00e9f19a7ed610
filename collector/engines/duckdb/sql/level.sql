-- The events that reach a step, each with the latest start of a chain that ends with it: the latest of all pairs with an
-- event of the step before, which takes a third of the time of a sorted join, where a unit has few events. `other` is the
-- same with the bits of what it carries turned round, so that it is the last in the other order of the start's moment.
CREATE OR REPLACE TEMP TABLE {level} AS
SELECT * FROM (
    SELECT f.key, f.e, max(b.start) AS start, {other} AS other
    FROM {before} b JOIN (SELECT key, e FROM later ANTI JOIN crowded USING (key) WHERE {step}) f
        ON f.key = b.key AND b.e <= f.e
    GROUP BY f.key, f.e
    UNION ALL
    SELECT f.key, f.e, b.start, b.other
    FROM (SELECT key, e FROM later SEMI JOIN crowded USING (key) WHERE {step}) f ASOF JOIN (
        SELECT b.key, max(b.e) AS e, max(b.start) AS start, {other} AS other
        FROM {before} b SEMI JOIN crowded USING (key) GROUP BY b.key, b.e >> {codes}
    ) b ON b.key = f.key AND f.e >= b.e
)
WHERE {within}
