-- The events that reach a step, each with the latest start of a chain that ends with it: the latest of all pairs with an
-- event of the step before, which takes a third to two thirds of a sorted join's time, where a unit has few events. `other`
-- is the same with the bits of what it carries turned round: the last in the other order of the start's moment.
CREATE OR REPLACE TEMP TABLE {level} AS
SELECT * FROM (
    SELECT f.key, f.e, max(b.start) AS start, {other} AS other
    FROM {before} b JOIN (SELECT key, e FROM {few} WHERE {step}) f ON f.key = b.key AND b.e <= f.e
    GROUP BY f.key, f.e
    {more}
)
WHERE {within}
