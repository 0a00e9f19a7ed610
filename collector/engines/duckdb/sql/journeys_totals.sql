SELECT coalesce(sum(sessions), 0)::BIGINT AS sessions, coalesce(sum(converted), 0)::BIGINT AS converted FROM journey
