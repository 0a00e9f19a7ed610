SELECT count(*) AS n FROM everything WHERE internal AND t >= $from AND t < $to
