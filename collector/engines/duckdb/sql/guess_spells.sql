-- The guesses of `guess.sql` by device, from spells instead of events: what an unnamed spell or its unnamed beginning has,
-- if somebody was named in an earlier one and the device has been silent since. `unsure` are devices of which spells do not
-- tell it: some overlap or touch, one holds a sign, or one that lies in the range in part.
CREATE OR REPLACE TEMP TABLE guessed AS
WITH mine AS (
    SELECT s.* FROM spell s
    SEMI JOIN (SELECT md5_number_lower(visitor) AS visitor_key FROM known WHERE NOT shared) USING (visitor_key)
), placed AS (
    SELECT visitor_key, device, begun, stop, device IS NOT NULL AS named, unnamed, row_number() OVER told AS place,
        begun - lag(stop) OVER told AS gap
    FROM mine WINDOW told AS (PARTITION BY visitor_key ORDER BY begun, stop)
), since AS (
    SELECT *, max(CASE WHEN named THEN place END) OVER (so_far ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS named_at,
        max(CASE WHEN gap >= $silence THEN place END) OVER (so_far ROWS UNBOUNDED PRECEDING) AS silent
    FROM placed WINDOW so_far AS (PARTITION BY visitor_key ORDER BY place)
)
SELECT any_value(device) AS visitor,
    coalesce(sum(unnamed) FILTER (silent > named_at AND begun >= $from AND begun < $to), 0)::BIGINT AS n,
    bool_or(unnamed IS NULL OR gap <= 0 OR (begun < $from AND stop >= $from) OR (begun < $to AND stop >= $to)) AS unsure
FROM since GROUP BY visitor_key
