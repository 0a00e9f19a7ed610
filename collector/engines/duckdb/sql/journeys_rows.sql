SELECT journey, sum(sessions)::BIGINT AS sessions, sum(ended)::BIGINT AS ended, sum(converted)::BIGINT AS converted
FROM journey GROUP BY journey ORDER BY sessions DESC, journey LIMIT $limit
