-- Some events, for those who ask of all sessions or of some; `{number}` is nothing, or their session's.
INSERT INTO {to}deed
SELECT {number} visit, t // 900000, count(*), count(*) FILTER (state = 'granted'), count(*) FILTER (name = 'page_view'),
    count(*) FILTER (name = 'purchase'), min(t), max(t)
FROM {events} WHERE {counted} GROUP BY {number} visit, t // 900000;
INSERT INTO {to}sale
SELECT {number} visit, t // 900000, currency, count(*), sum(try_cast(amount AS DECIMAL(18, 6)))
FROM {events} WHERE amount IS NOT NULL AND {counted} GROUP BY {number} visit, t // 900000, currency;
INSERT INTO {to}viewed
SELECT {number} visit, slot, code, views FROM (
    SELECT {number} visit, t // 900000 AS slot, path, count(*) AS views
    FROM {events} WHERE name = 'page_view' AND path IS NOT NULL AND {counted} GROUP BY {number} visit, slot, path
) JOIN rollup.path USING (path)
