-- Every event of whoever (person or visit) had something in a cart or bought, in order of time. The label is that of
-- the session; an order is worth its revenue, else its property `revenue`.
WITH told AS (
    SELECT {unit} AS unit, e.t, e.page_seq, e.id, e.path, e.props, e.amount, e.currency, {label} AS label,
        CASE WHEN e.name IN (SELECT unnest($add::VARCHAR[])) THEN 'add'
            WHEN e.name IN (SELECT unnest($remove::VARCHAR[])) THEN 'remove'
            WHEN e.name IN (SELECT unnest($purchase::VARCHAR[])) THEN 'purchase'
            WHEN e.name IN (SELECT unnest($touch::VARCHAR[])) THEN 'touch' ELSE 'other' END AS kind
    FROM events e JOIN cut c USING (seq) LEFT JOIN person p USING (seq)
        LEFT JOIN session s ON (s.stream, s.island, s.part) = (c.stream, c.island, c.part)
)
SELECT unit, t, kind, path, label,
    coalesce(json_extract_string(props, '$.sku'), json_extract_string(props, '$.item_id'),
        json_extract_string(props, '$.product')),
    coalesce(json_extract_string(props, '$.qty'), json_extract_string(props, '$.quantity')),
    json_extract_string(props, '$.price'), coalesce(amount, json_extract_string(props, '$.revenue')),
    coalesce(currency, json_extract_string(props, '$.currency'))
FROM told SEMI JOIN (SELECT unit FROM told WHERE kind IN ('add', 'purchase')) USING (unit)
ORDER BY unit, t, page_seq, id
