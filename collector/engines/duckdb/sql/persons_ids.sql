-- The events of the persons shown, in order of time.
SELECT coalesce(p.person, 'anon:' || e.visitor) AS person, list(e.id ORDER BY e.t, e.page_seq, e.id) AS ids
FROM events e LEFT JOIN person p USING (seq)
WHERE e.name NOT IN (SELECT unnest($special::VARCHAR[])) AND e.t >= $from AND e.t < $to
    AND coalesce(p.person, 'anon:' || e.visitor) IN (SELECT unnest($persons::VARCHAR[]))
GROUP BY 1
