-- Persons by how many events they left; `$reset`, `$alias` and `$merge` are signs, not events.
SELECT coalesce(p.person, 'anon:' || e.visitor) AS person, count(DISTINCT e.visitor) AS devices, count(*) AS events,
    min(e.t) AS "first", max(e.t) AS "last", list(e.id ORDER BY e.t, e.page_seq, e.id) AS ids
FROM events e LEFT JOIN person p USING (seq)
WHERE e.name NOT IN (SELECT unnest($special::VARCHAR[])) AND e.t >= $from AND e.t < $to
GROUP BY 1 ORDER BY events DESC, person LIMIT $limit
