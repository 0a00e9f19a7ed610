, link{n} AS (
    SELECT l.key, {before}, min(f.e) AS c{n}
    FROM link{last} l LEFT JOIN far f ON f.key = l.key AND f.e >= l.c{last} AND {step} GROUP BY ALL
)