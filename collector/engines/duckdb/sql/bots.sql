SELECT bot, count(*) AS n FROM everything WHERE bot IS NOT NULL AND t >= $from AND t < $to GROUP BY bot ORDER BY bot
