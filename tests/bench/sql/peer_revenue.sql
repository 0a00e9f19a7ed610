SELECT currency, count() AS orders, sum(toDecimal64(amount, 6)) AS revenue
FROM (SELECT * FROM events {where}) WHERE amount IS NOT NULL GROUP BY currency ORDER BY currency
