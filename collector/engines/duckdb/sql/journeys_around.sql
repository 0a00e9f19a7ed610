-- The pages of sessions that began in the range, a page that follows itself as one: those from the first `event` on, or,
-- where `before` is asked for, the last ones up to it, or up to the first page that fits `through`.
INSERT INTO journey
WITH seen AS (
    SELECT e.number, s.conversions > 0 AS converted, e.t, e.page_seq, e.id,
        CASE WHEN e.name = 'page_view' THEN e.path END AS path,
        CASE WHEN $event IS NOT NULL THEN e.name = $event
            ELSE e.name = 'page_view' AND coalesce($through IS NULL OR regexp_full_match(e.path, $through), false)
        END AS hit
    FROM sessioned e JOIN session s USING (number)
    WHERE ((e.name = 'page_view' AND e.path IS NOT NULL) OR e.name = $event) AND s.start >= $from AND s.start < $to
        AND {part}
), viewed AS (
    SELECT number, converted, path, t, page_seq, id,
        lag(path IGNORE NULLS) OVER step IS DISTINCT FROM path AS fresh,
        max(hit) OVER (step ROWS UNBOUNDED PRECEDING) AS reached,
        coalesce(max(hit) OVER (step ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) AS past,
        max(hit) OVER (PARTITION BY number) AS ever
    FROM seen WINDOW step AS (PARTITION BY number ORDER BY t, page_seq, id)
), journeys AS (
    SELECT list(path ORDER BY t, page_seq, id) AS pages, any_value(converted) AS converted
    FROM viewed WHERE fresh AND path IS NOT NULL AND CASE WHEN $before THEN ever AND NOT past ELSE reached END
    GROUP BY number
)
SELECT array_to_string(CASE WHEN $before THEN pages[-$length:] ELSE pages[:$length] END, ' > ') AS journey,
    count(*) AS sessions, count(*) FILTER (len(pages) <= $length) AS ended, count(*) FILTER (converted) AS converted
FROM journeys GROUP BY 1
