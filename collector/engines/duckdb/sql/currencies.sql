SELECT DISTINCT currency FROM events
WHERE name = $conversion AND currency IS NOT NULL AND t >= $from AND t < $to ORDER BY currency
