-- Sessions by the local day of their start, and those of them with a grant, by slots of time first.
WITH days AS (
    SELECT unnest($days::BIGINT[]) AS day
), slots AS (
    SELECT start // $unit * $unit AS slot, count(*) AS sessions, count(*) FILTER (consented > 0) AS granted
    FROM session WHERE start >= $from AND start < $to GROUP BY slot
)
SELECT d.day, sum(s.sessions)::BIGINT AS sessions, sum(s.granted)::BIGINT AS granted
FROM slots s ASOF JOIN days d ON s.slot >= d.day
GROUP BY d.day ORDER BY d.day
