SELECT count(DISTINCT who) AS visitors, count(*) AS sessions, coalesce(sum(pageviews), 0)::BIGINT AS page_views_in_sessions,
    count(*) FILTER (bounced) AS bounces, count(*) FILTER (engaged) AS engaged_sessions,
    count(*) FILTER (bounced) / nullif(count(*), 0) AS bounce_rate,
    count(*) FILTER (engaged) / nullif(count(*), 0) AS engagement_rate,
    avg(duration) FILTER (events > 1 OR duration > 0) AS avg_duration_ms, count(*) FILTER (events > 1 OR duration > 0) AS sessions_with_duration
FROM session WHERE start >= $from AND start < $to
