-- What happened to each person, in order: touches, leads, conversions with their worth in one currency. A conversion is
-- worth its revenue, else its property `revenue`.
WITH told AS (
    SELECT person, t, 'touch' AS kind, label, NULL::DOUBLE AS value, NULL AS order_id, place FROM ({touches})
    UNION ALL
    SELECT coalesce(p.person, 'anon:' || e.visitor), e.t, CASE WHEN e.name = $conversion THEN 'won' ELSE 'lead' END, NULL,
        CASE WHEN e.amount IS NOT NULL THEN CASE WHEN e.currency = $currency THEN try_cast(e.amount AS DOUBLE) END
            ELSE try_cast(json_extract_string(e.props, '$.revenue') AS DOUBLE) END,
        coalesce(json_extract_string(e.props, '$.order_id'), json_extract_string(e.props, '$.transaction_id'),
            json_extract_string(e.props, '$.order')), e.id
    FROM events e LEFT JOIN person p USING (seq)
    WHERE e.name IN ($conversion, $lead)
)
SELECT person, t, kind, label, value, order_id FROM told ORDER BY person, t, place
