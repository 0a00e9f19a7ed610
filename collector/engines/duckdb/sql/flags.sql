SELECT unnest(flags) AS flag, count(*) AS n FROM everything WHERE t >= $from AND t < $to GROUP BY flag ORDER BY flag
