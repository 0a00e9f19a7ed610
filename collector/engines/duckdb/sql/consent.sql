-- Events by local day and by what they were kept under.
WITH days AS (
    SELECT unnest($days::BIGINT[]) AS day
)
SELECT d.day, coalesce(e.state, '') AS state, coalesce(e.consent_source, '') AS source, coalesce(e.policy, '') AS policy,
    count(*) AS n
FROM events e ASOF JOIN days d ON e.t >= d.day
WHERE e.t >= $from AND e.t < $to
GROUP BY ALL
