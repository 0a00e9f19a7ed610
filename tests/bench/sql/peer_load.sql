-- The same segments as one sorted part, which is the best case: every window below reads in the table's own order.
CREATE TABLE events ENGINE = MergeTree ORDER BY (visitor, t) AS
SELECT assumeNotNull(coalesce(visitor, toString(visitor_uuid))) AS visitor, assumeNotNull(t) AS t, toLowCardinality(assumeNotNull(name)) AS name,
    toLowCardinality(path) AS path, tag, amount, currency, state, toLowCardinality(touch_source) AS source,
    toLowCardinality(touch_medium) AS medium, toLowCardinality(channel) AS channel,
    toLowCardinality(device) AS device, toLowCardinality(country) AS country
FROM file('{parquet}', Parquet)
SETTINGS schema_inference_make_columns_nullable = 1
