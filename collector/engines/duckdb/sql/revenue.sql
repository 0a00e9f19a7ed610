-- Money by currency, never summed across; refunds are negative amounts.
SELECT currency, sum(orders)::BIGINT AS orders, sum(revenue)::VARCHAR AS revenue
FROM tally WHERE orders > 0 GROUP BY currency ORDER BY currency
