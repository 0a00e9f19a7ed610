-- The events that reach a step, each with the latest start of a chain that ends with it.
CREATE OR REPLACE TEMP TABLE {level} AS
SELECT key, e, start FROM (
    SELECT later.key, later.e, before.start
    FROM (SELECT key, e FROM chased WHERE {step}) later
        ASOF JOIN (FROM {before} SEMI JOIN (SELECT key FROM chased WHERE {step}) USING (key)) before
        ON before.key = later.key AND later.e >= before.e
)
WHERE {within}
