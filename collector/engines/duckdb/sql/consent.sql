-- Events by local day and by what they were kept under; by slots of time first, within none of which a day begins: a join of
-- events with days holds all of them in memory.
WITH days AS (
    SELECT unnest($days::BIGINT[]) AS day
), slots AS (
    SELECT t // $unit * $unit AS slot, state, consent_source, policy, count(*) AS n
    FROM events WHERE t >= $from AND t < $to GROUP BY ALL
)
SELECT d.day, coalesce(e.state, '') AS state, coalesce(e.consent_source, '') AS source, coalesce(e.policy, '') AS policy,
    sum(e.n)::BIGINT AS n
FROM slots e ASOF JOIN days d ON e.slot >= d.day
GROUP BY ALL
