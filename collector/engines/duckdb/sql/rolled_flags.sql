SELECT name AS flag, sum(n)::BIGINT AS n FROM flagged
WHERE kind = 'flag' AND slot >= $first_slot AND slot < $last_slot GROUP BY name ORDER BY name
