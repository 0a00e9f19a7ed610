-- The figures of events by slots of time, and by currency.
CREATE OR REPLACE TEMP TABLE tally AS
SELECT t // $unit * $unit AS slot, currency, count(*) AS events, min(t) AS "first", max(t) AS "last",
    count(*) FILTER (state = 'granted') AS consented, count(*) FILTER (name = 'page_view') AS page_views,
    count(*) FILTER (name = 'purchase') AS purchases, count(amount) AS orders,
    sum(try_cast(amount AS DECIMAL(18, 6))) AS revenue
FROM events WHERE t >= $from AND t < $to GROUP BY slot, currency
