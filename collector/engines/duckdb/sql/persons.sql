-- Persons with what they left; `$reset`, `$alias` and `$merge` are signs, not events. Either all events of a device are in
-- the table `person` or none, so that the others' need no look at it, and no list of devices each.
CREATE OR REPLACE TEMP TABLE persona AS
WITH told AS (
    SELECT seq, visitor, t FROM events
    WHERE name NOT IN (SELECT unnest($special::VARCHAR[])) AND t >= $from AND t < $to
)
SELECT p.person, count(DISTINCT e.visitor) AS devices, count(*) AS events, min(e.t) AS "first", max(e.t) AS "last"
FROM told e JOIN person p USING (seq) GROUP BY p.person
UNION ALL
SELECT 'anon:' || visitor, 1, count(*), min(t), max(t) FROM told ANTI JOIN person USING (seq) GROUP BY visitor
