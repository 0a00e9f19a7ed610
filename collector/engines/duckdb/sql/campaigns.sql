-- Sessions by where they came from, and what happened in them.
SELECT {keys}, count(*) AS sessions, {visitors} sum(pageviews)::BIGINT AS page_views,
    count(*) FILTER (bounced) / count(*) AS bounce_rate, count(*) FILTER (engaged) / count(*) AS engagement_rate,
    count(*) FILTER (conversions > 0) AS converted, sum(conversions)::BIGINT AS conversions,
    count(*) FILTER (conversions > 0) / count(*) AS conversion_rate
FROM session WHERE start >= $from AND start < $to
GROUP BY {keys} ORDER BY sessions DESC, {keys} LIMIT $limit
