SELECT path, sum(timed)::BIGINT AS timed, sum(spent) / nullif(sum(timed), 0) AS avg_time_ms FROM dwelt GROUP BY path
