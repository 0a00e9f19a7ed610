SELECT level, count() AS n
FROM (
    SELECT windowFunnel(604800000)(
        toUInt64(t), name = 'page_view' AND path LIKE '/product/%', name = 'add_to_cart',
        name = 'page_view' AND path = '/checkout', name = 'purchase') AS level
    FROM events
    GROUP BY visitor
)
WHERE level > 0 GROUP BY level ORDER BY level
