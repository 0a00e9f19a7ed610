SELECT count(DISTINCT person) AS persons,
    count(DISTINCT person) FILTER (person NOT LIKE 'anon:%') AS known, count(*) AS events
FROM (
    SELECT coalesce(p.person, 'anon:' || e.visitor) AS person FROM events e LEFT JOIN person p USING (seq)
    WHERE e.name NOT IN (SELECT unnest($special::VARCHAR[])) AND e.t >= $from AND e.t < $to
)
