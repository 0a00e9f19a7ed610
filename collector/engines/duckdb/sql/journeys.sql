-- The first pages of sessions that began in the range, from the first page that fits `through` on; a page that follows
-- itself is one.
WITH viewed AS (
    SELECT c.stream, c.island, c.part, s.conversions, e.path, e.t, e.page_seq, e.id,
        lag(e.path) OVER step IS DISTINCT FROM e.path AS fresh,
        max($through IS NULL OR regexp_full_match(e.path, $through)) OVER (step ROWS UNBOUNDED PRECEDING) AS reached
    FROM events e JOIN cut c USING (seq) JOIN session s ON (s.stream, s.island, s.part) = (c.stream, c.island, c.part)
    WHERE e.name = 'page_view' AND e.path IS NOT NULL AND s.start >= $from AND s.start < $to
    WINDOW step AS (PARTITION BY c.stream, c.island, c.part ORDER BY e.t, e.page_seq, e.id)
), journey AS (
    SELECT list(path ORDER BY t, page_seq, id) AS pages, any_value(conversions) > 0 AS converted
    FROM viewed WHERE fresh AND reached GROUP BY stream, island, part
)
SELECT array_to_string(pages[:$length], ' > ') AS journey, count(*) AS sessions,
    count(*) FILTER (len(pages) <= $length) AS ended, count(*) FILTER (converted) AS converted
FROM journey GROUP BY 1 ORDER BY sessions DESC, journey LIMIT $limit
