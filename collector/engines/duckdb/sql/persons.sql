-- Persons with what they left; `$reset`, `$alias` and `$merge` are signs, not events. Devices are told apart by 64 bits, as in
-- funnels, and summed before anybody looks whose they are: `key` is a device's on which nobody is known, which has no `person`.
-- Of tangled ones all events are in the table `person`.
CREATE OR REPLACE TEMP TABLE owner AS SELECT {owner} AS key, person, tangled FROM known;
CREATE OR REPLACE TEMP VIEW told AS
SELECT e.seq, e.t, {key} AS key FROM events e WHERE e.name NOT IN {special} AND e.t >= {from} AND e.t < {to};
CREATE OR REPLACE TEMP TABLE device AS
SELECT key, count(*) AS events, min(t) AS "first", max(t) AS "last" FROM told GROUP BY key;
CREATE OR REPLACE TEMP TABLE known_person AS
SELECT person, sum(devices)::BIGINT AS devices, sum(events)::BIGINT AS events, min("first") AS "first", max("last") AS "last"
FROM (
    SELECT p.person, count(DISTINCT e.key) AS devices, count(*) AS events, min(e.t) AS "first", max(e.t) AS "last"
    FROM told e JOIN person p USING (seq) GROUP BY p.person
    UNION ALL
    SELECT o.person, 1, d.events, d."first", d."last" FROM device d JOIN owner o USING (key) WHERE NOT o.tangled
)
GROUP BY person;
CREATE OR REPLACE TEMP VIEW persona AS
SELECT person, NULL::UBIGINT AS key, devices, events, "first", "last" FROM known_person
UNION ALL
SELECT NULL, key, 1, events, "first", "last" FROM device ANTI JOIN owner USING (key)
