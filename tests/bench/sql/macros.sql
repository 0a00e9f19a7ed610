-- A hash as a die with that many sides, as one of a list, and as a UUID of a version.
CREATE TEMP MACRO roll(a, b, salt, sides) AS (hash(a, b, salt) % sides)::BIGINT;
CREATE TEMP MACRO one(a, b, salt, list) AS list[1 + roll(a, b, salt, len(list))];
CREATE TEMP MACRO uuid_from(d, version) AS
    concat(d[1:8], '-', d[9:12], '-', version, d[13:15], '-a', d[16:18], '-', d[19:30]);
CREATE TEMP MACRO uuid_of(text, version) AS uuid_from(md5(text), version);
