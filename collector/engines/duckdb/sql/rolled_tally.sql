-- The table `tally` of what is in the rollup. Money has rows of its own, so that slots can be counted in an array.
CREATE OR REPLACE TEMP TABLE tally AS
SELECT slot * 900000::BIGINT AS slot, NULL AS currency, sum(events) AS events, min("first") AS "first",
    max("last") AS "last", sum(consented) AS consented, sum(page_views) AS page_views, sum(purchases) AS purchases,
    0 AS orders, NULL AS revenue
FROM asked_deed WHERE slot >= $first_slot AND slot < $last_slot GROUP BY slot
UNION ALL
SELECT slot * 900000::BIGINT, currency, 0, NULL, NULL, 0, 0, 0, sum(orders), sum(revenue)
FROM asked_sale WHERE slot >= $first_slot AND slot < $last_slot GROUP BY slot, currency
