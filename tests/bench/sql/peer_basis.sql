SELECT intDiv(t, 86400000) AS day, state, count() AS n FROM events {where} GROUP BY day, state ORDER BY day, state
