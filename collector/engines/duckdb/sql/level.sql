-- The events that reach a step, each with the latest start of a chain that ends with it.
CREATE OR REPLACE TEMP TABLE {level} AS
SELECT later.key, later.e, before.start
FROM (SELECT key, e FROM chased WHERE {step}) later
    ASOF JOIN {before} before ON before.key = later.key AND later.e >= before.e
WHERE {within}
