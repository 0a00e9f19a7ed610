-- As `consent`.
WITH days AS (
    SELECT unnest($days::BIGINT[]) AS day
), slots AS (
    SELECT slot * 900000::BIGINT AS t, state, consent_source, policy, sum(n) AS n
    FROM basis WHERE slot >= $first_slot AND slot < $last_slot GROUP BY ALL
)
SELECT d.day, coalesce(e.state, '') AS state, coalesce(e.consent_source, '') AS source, coalesce(e.policy, '') AS policy,
    sum(e.n)::BIGINT AS n
FROM slots e ASOF JOIN days d ON e.t >= d.day
GROUP BY ALL
