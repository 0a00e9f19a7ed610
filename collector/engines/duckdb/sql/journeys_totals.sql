SELECT count(*) AS sessions, count(*) FILTER (conversions > 0) AS converted FROM session s
WHERE s.start >= $from AND s.start < $to AND EXISTS (
    SELECT 1 FROM events e JOIN cut c USING (seq)
    WHERE (c.stream, c.island, c.part) = (s.stream, s.island, s.part) AND e.name = 'page_view' AND e.path IS NOT NULL
        AND ($through IS NULL OR regexp_full_match(e.path, $through))
)
