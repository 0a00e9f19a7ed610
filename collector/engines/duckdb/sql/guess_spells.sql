-- The guesses of `guess.sql` by device, from spells instead of events: what an unnamed spell or its unnamed beginning has,
-- if somebody was named in an earlier one and the device has been silent since. Only devices of `maybe` can have any:
-- something unnamed begins a silence after something named ended, for no spell is silent so long. `unsure` are devices of
-- which spells do not tell it: some overlap or touch, one holds a sign, or one that lies in the range in part.
CREATE OR REPLACE TEMP TABLE guessed AS
WITH mine AS MATERIALIZED (
    SELECT visitor_key, begun, stop, unnamed, device IS NOT NULL AS named
    FROM spell SEMI JOIN (SELECT visitor_key FROM known WHERE NOT shared) USING (visitor_key)
), maybe AS (
    SELECT visitor_key FROM mine GROUP BY visitor_key
    HAVING max(begun) FILTER (unnamed IS NULL OR unnamed > 0) >= min(stop) FILTER (named) + $silence
), placed AS (
    SELECT visitor_key, begun, stop, unnamed, begun - lag(stop) OVER told AS gap,
        max(CASE WHEN named THEN stop END) OVER (told ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS named_until
    FROM mine SEMI JOIN maybe USING (visitor_key) WINDOW told AS (PARTITION BY visitor_key ORDER BY begun, stop)
), since AS (
    SELECT *, max(CASE WHEN gap >= $silence THEN begun END)
        OVER (PARTITION BY visitor_key ORDER BY begun, stop ROWS UNBOUNDED PRECEDING) AS back_at
    FROM placed
)
SELECT visitor_key,
    coalesce(sum(unnamed) FILTER (back_at > named_until AND begun >= $from AND begun < $to), 0)::BIGINT AS n,
    bool_or(unnamed IS NULL OR gap <= 0 OR (begun < $from AND stop >= $from) OR (begun < $to AND stop >= $to)) AS unsure
FROM since GROUP BY visitor_key
