-- One row per session. A session has at least one event that is not passive; passive ones only lengthen it. `number` is
-- the session's own, `who` tells visitors apart.
CREATE OR REPLACE TEMP TABLE session AS
WITH grouped AS (
    SELECT stream, island, part,
        min(t) FILTER (active) AS start,
        max(t) AS stop,
        count(*) FILTER (active) AS events,
        count(*) AS signs,
        count(*) FILTER (viewed) AS pageviews,
        count(*) FILTER (counted) AS conversions,
        count(*) FILTER (keyed) AS key_events,
        count(*) FILTER (consented) AS consented,
        arg_min(seq, place) FILTER (active) AS first_seq,
        arg_min(seq, place) FILTER (viewed) AS entry_seq,
        arg_max(seq, place) FILTER (viewed) AS exit_seq,
        arg_min(seq, place) FILTER (active AND label IS NOT NULL) AS tag_seq
    FROM cut WHERE part IS NOT NULL
    GROUP BY stream, island, part
)
SELECT *, stream * 2147483648::BIGINT + part AS number, stream AS who, stop - start AS duration, events = 1 AS bounced,
    stop - start > $engaged OR pageviews >= 2 OR key_events > 0 AS engaged
FROM grouped
WHERE start IS NOT NULL
