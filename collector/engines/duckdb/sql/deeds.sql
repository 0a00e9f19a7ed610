-- The events of the table `buyer` that matter, in order of time. The label is that of the session; an order is worth its
-- revenue, else its property `revenue`. `asked`: so are time and session. Rows are narrow, for they are sorted: the kind is a
-- number, what is said of an article or order one text, null where nothing is, and ids are UUIDs where all are.
WITH told AS (
    SELECT {unit} AS unit, e.t, e.page_seq, {id} AS id, e.path, {label} AS label, {asked} AS asked, e.amount, e.currency, e.props,
        CASE WHEN list_contains($add::VARCHAR[], e.name) THEN 0
            WHEN list_contains($remove::VARCHAR[], e.name) THEN 1
            WHEN list_contains($purchase::VARCHAR[], e.name) THEN 2
            WHEN list_contains($touch::VARCHAR[], e.name) THEN 3 ELSE 4 END::TINYINT AS kind
    FROM {events} e {joins}
)
SELECT unit, t, kind, path, label, asked, CASE WHEN kind < 3 THEN to_json([
    coalesce(json_extract_string(props, '$.sku'), json_extract_string(props, '$.item_id'),
        json_extract_string(props, '$.product')),
    coalesce(json_extract_string(props, '$.qty'), json_extract_string(props, '$.quantity')),
    json_extract_string(props, '$.price'), coalesce(amount, json_extract_string(props, '$.revenue')),
    coalesce(currency, json_extract_string(props, '$.currency'))])::VARCHAR END AS said
FROM told JOIN buyer USING (unit) WHERE t >= since OR kind = 2
ORDER BY unit, t, page_seq, id
