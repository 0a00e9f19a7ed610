-- The session of each visit that joins others in order of time: a campaign other than the island's last one begins one.
-- Its number is that of its first visit.
CREATE OR REPLACE TEMP TABLE moved AS
SELECT visit, last_value(CASE WHEN begins THEN visit END IGNORE NULLS)
    OVER (PARTITION BY visitor_key, island ORDER BY begun ROWS UNBOUNDED PRECEDING) AS number
FROM (
    SELECT *, lag(visit) OVER told IS NULL
        OR tag IS NOT NULL AND lag(tag IGNORE NULLS) OVER told IS DISTINCT FROM tag AS begins
    FROM merging WHERE NOT again WINDOW told AS (PARTITION BY visitor_key, island ORDER BY begun)
)
