SELECT name AS bot, sum(n)::BIGINT AS n FROM flagged
WHERE kind = 'bot' AND slot >= $first_slot AND slot < $last_slot GROUP BY name ORDER BY name
