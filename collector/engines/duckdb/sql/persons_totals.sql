SELECT count(*) AS persons, count(*) FILTER (person NOT LIKE 'anon:%') AS known, coalesce(sum(events), 0)::BIGINT AS events
FROM persona
