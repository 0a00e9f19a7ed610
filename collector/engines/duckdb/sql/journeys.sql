-- The first pages of sessions that began in the range, from the first page that fits `through` on; a page that follows
-- itself is one. Asked of one part of the sessions at a time, so that their pages fit into memory.
INSERT INTO journey
WITH viewed AS (
    SELECT e.number, s.conversions > 0 AS converted, e.path, e.t, e.page_seq, e.id,
        lag(e.path) OVER step IS DISTINCT FROM e.path AS fresh,
        max($through IS NULL OR regexp_full_match(e.path, $through)) OVER (step ROWS UNBOUNDED PRECEDING) AS reached
    FROM sessioned e JOIN session s USING (number)
    WHERE e.name = 'page_view' AND e.path IS NOT NULL AND s.start >= $from AND s.start < $to AND {part}
    WINDOW step AS (PARTITION BY e.number ORDER BY e.t, e.page_seq, e.id)
), journeys AS (
    SELECT list(path ORDER BY t, page_seq, id) AS pages, any_value(converted) AS converted
    FROM viewed WHERE fresh AND reached GROUP BY number
)
SELECT array_to_string(pages[:$length], ' > ') AS journey, count(*) AS sessions,
    count(*) FILTER (len(pages) <= $length) AS ended, count(*) FILTER (converted) AS converted
FROM journeys GROUP BY 1
