SELECT count(*) AS events, min(t) AS start, max(t) AS stop, count(*) FILTER (state = 'granted') AS consented
FROM events WHERE t >= $from AND t < $to
