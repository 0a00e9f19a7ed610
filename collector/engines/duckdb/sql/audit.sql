-- Sessions that a campaign's link began: what the link said, what it was taken to mean, and what came of it; and the page
-- where it led, if that is one of `pages`.
SELECT e.source AS said_source, e.medium AS said_medium, e.campaign AS said_campaign, e.term, e.content,
    e.campaign_id AS id, s.source, s.medium, s.campaign, s.channel,
    CASE WHEN list_contains($pages::VARCHAR[], e.host || e.path) THEN e.host || e.path END AS page,
    count(*) AS sessions, count(*) FILTER (s.conversions > 0) AS converted
FROM session s JOIN events e ON e.seq = s.tag_seq
WHERE s.start >= $from AND s.start < $to
GROUP BY ALL ORDER BY ALL
