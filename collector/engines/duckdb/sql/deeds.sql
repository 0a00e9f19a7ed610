-- Every event of whoever (person or visit) had something in a cart or bought, in order of time. The label is that of
-- the session; an order is worth its revenue, else its property `revenue`. `asked`: so are time and session.
WITH told AS (
    SELECT {unit} AS unit, e.t, e.page_seq, e.id, e.path, {label} AS label, e.amount, e.currency, e.props,
        {asked} AS asked,
        CASE WHEN list_contains($add::VARCHAR[], e.name) THEN 'add'
            WHEN list_contains($remove::VARCHAR[], e.name) THEN 'remove'
            WHEN list_contains($purchase::VARCHAR[], e.name) THEN 'purchase'
            WHEN list_contains($touch::VARCHAR[], e.name) THEN 'touch' ELSE 'other' END AS kind
    FROM {events} e {joins}
), wanted AS (
    SELECT *, CASE WHEN kind IN ('add', 'remove', 'purchase') THEN props END AS said
    FROM told SEMI JOIN (
        SELECT {unit} AS unit FROM {events} e {joins} WHERE list_contains($add::VARCHAR[] || $purchase::VARCHAR[], e.name)
    ) USING (unit)
)
SELECT unit, t, kind, path, label,
    coalesce(json_extract_string(said, '$.sku'), json_extract_string(said, '$.item_id'),
        json_extract_string(said, '$.product')),
    coalesce(json_extract_string(said, '$.qty'), json_extract_string(said, '$.quantity')),
    json_extract_string(said, '$.price'), coalesce(amount, json_extract_string(said, '$.revenue')),
    coalesce(currency, json_extract_string(said, '$.currency')), asked
FROM wanted ORDER BY unit, t, page_seq, id
