-- Each journey once.
CREATE OR REPLACE TEMP TABLE journey AS
SELECT journey, sum(sessions)::BIGINT AS sessions, sum(ended)::BIGINT AS ended, sum(converted)::BIGINT AS converted
FROM journey GROUP BY journey
