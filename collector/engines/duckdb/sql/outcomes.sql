-- What came of visits, to be credited: conversions with their worth in one currency, what came back of them, leads. A
-- conversion is worth its revenue, else its property `revenue`. Of an order id the first conversion counts, whoever had
-- it: the others are repeats; what came back of it (negative worth, or a refund) is summed, whoever sent that.
CREATE OR REPLACE TEMP TABLE outcome AS
WITH said AS (
    SELECT coalesce(p.person, k.person, 'anon:' || e.visitor) AS person, e.t, e.id, e.name IN ($conversion, $refund) AS won,
        e.name = $refund AND e.name <> $conversion AS refunded,
        CASE WHEN e.amount IS NOT NULL THEN CASE WHEN e.currency = $currency THEN try_cast(e.amount AS DOUBLE) END
            ELSE try_cast(json_extract_string(e.props, '$.revenue') AS DOUBLE) END AS value,
        coalesce(json_extract_string(e.props, '$.order_id'), json_extract_string(e.props, '$.transaction_id'),
            json_extract_string(e.props, '$.order')) AS order_id
    FROM {events} LEFT JOIN person p USING (seq) LEFT JOIN known k ON k.visitor = e.visitor AND NOT k.tangled
    WHERE (e.name = $conversion AND {where}) OR e.name IN ($lead, $refund)
), signed AS (
    SELECT * EXCLUDE (value), CASE WHEN refunded THEN -abs(coalesce(value, 0)) ELSE value END AS value,
        won AND (refunded OR coalesce(value, 0) < 0) AS back
    FROM said
)
SELECT person, unit_of(person) AS unit, t, id, CASE WHEN back THEN 'back' WHEN won THEN 'won' ELSE 'lead' END AS kind,
    value, order_id,
    order_id IS NOT NULL AND row_number() OVER (PARTITION BY order_id, won, back ORDER BY t, id) > 1 AS again,
    sum(CASE WHEN back AND order_id IS NOT NULL THEN -value END) OVER (PARTITION BY order_id, won) AS returned
FROM signed
