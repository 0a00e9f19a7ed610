-- The figures of each day: the day of a session is that of its start, the day of an event its own. Days begin with slots,
-- so that not every row has to be looked up among them; a session starts with an event, whose slot is in `tally`.
WITH days AS (
    SELECT unnest($days::BIGINT[]) AS day
), slots AS (
    SELECT t.slot, d.day FROM (SELECT DISTINCT slot FROM tally) t ASOF JOIN days d ON t.slot >= d.day
), visits AS (
    SELECT d.day, count(*) AS sessions, count(DISTINCT s.who) AS visitors,
        count(*) FILTER (s.bounced) AS bounces, count(*) FILTER (s.engaged) AS engaged,
        avg(s.duration) FILTER (s.events > 1 OR s.duration > 0) AS duration
    FROM session s JOIN slots d ON d.slot = s.start // $unit * $unit
    WHERE s.start >= $from AND s.start < $to
    GROUP BY d.day
), counts AS (
    SELECT d.day, sum(events)::BIGINT AS events, sum(page_views)::BIGINT AS page_views,
        sum(purchases)::BIGINT AS purchases
    FROM tally t ASOF JOIN days d ON t.slot >= d.day
    GROUP BY d.day
)
SELECT d.day, coalesce(v.visitors, 0) AS visitors, coalesce(v.sessions, 0) AS sessions,
    coalesce(c.page_views, 0) AS page_views, coalesce(c.events, 0) AS events, coalesce(c.purchases, 0) AS purchases,
    v.bounces / nullif(v.sessions, 0) AS bounce_rate, v.engaged / nullif(v.sessions, 0) AS engagement_rate,
    v.duration AS avg_duration_ms
FROM days d LEFT JOIN visits v USING (day) LEFT JOIN counts c USING (day)
ORDER BY d.day
