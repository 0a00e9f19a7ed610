-- Sessions by the local day of their start, and those of them with a grant.
WITH days AS (
    SELECT unnest($days::BIGINT[]) AS day
)
SELECT d.day, count(*) AS sessions, count(*) FILTER (s.consented > 0) AS granted
FROM session s ASOF JOIN days d ON s.start >= d.day
WHERE s.start >= $from AND s.start < $to
GROUP BY d.day ORDER BY d.day
