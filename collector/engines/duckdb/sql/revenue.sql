-- Money by currency, never summed across; refunds are negative amounts.
SELECT currency, count(*) AS orders, sum(try_cast(amount AS DECIMAL(18, 6)))::VARCHAR AS revenue
FROM events WHERE amount IS NOT NULL AND t >= $from AND t < $to
GROUP BY currency ORDER BY currency
