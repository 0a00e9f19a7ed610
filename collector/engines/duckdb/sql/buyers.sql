-- Who (person or visit) ever had something in a cart or bought, and since when: what they did before the first article matters
-- to no cart, but for the page they were on, if the event of an article does not tell one.
CREATE OR REPLACE TEMP TABLE buyer AS
SELECT {unit} AS unit,
    CASE WHEN bool_or(coalesce(e.path, '') = '') FILTER (e.added) THEN 0 ELSE min(e.t) FILTER (e.added) END AS since,
    count(*) FILTER (e.added) AS adds
FROM (
    SELECT *, list_contains($add::VARCHAR[], name) AS added FROM {events}
    WHERE list_contains($add::VARCHAR[] || $purchase::VARCHAR[], name)
) e {joins}
GROUP BY ALL
