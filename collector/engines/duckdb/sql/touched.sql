-- Who converted; the touches of these or of all; and the ids of those that one person had at the same moment: only there the
-- order needs them.
CREATE OR REPLACE TEMP TABLE winner AS SELECT DISTINCT unit, person FROM outcome WHERE kind = 'won';
CREATE OR REPLACE TEMP TABLE touched AS
SELECT unit, t, seq, label FROM (
    SELECT coalesce(unit_of(p.person), o.unit, who) AS unit, t, seq, label
    FROM ({touches}) LEFT JOIN owner o USING (who) LEFT JOIN person p USING (seq)
) {whose};
CREATE OR REPLACE TEMP TABLE tied AS
SELECT seq, id FROM events SEMI JOIN (
    SELECT seq FROM touched SEMI JOIN (SELECT unit, t FROM touched GROUP BY unit, t HAVING count(*) > 1) USING (unit, t)
) USING (seq)
