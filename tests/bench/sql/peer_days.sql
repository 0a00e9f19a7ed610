SELECT intDiv(t, 86400000) AS day, count() AS events, countIf(name = 'page_view') AS page_views,
    countIf(name = 'purchase') AS purchases, countIf(state = 'granted') AS consented
FROM events {where} GROUP BY day ORDER BY day
