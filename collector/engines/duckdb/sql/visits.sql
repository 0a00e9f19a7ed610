-- The table `fresh_visit`, one row per visit of the table `visited`: what sessions are made of, and what they are called.
-- `begun` is its first event's time, `lead` how long after it the first active event came; without one they are null, and
-- the visit only lengthens another. `long`: the whole island is as long as the longest session. Its touch is its first
-- active event's if that has a campaign, else its first page view's, else its first active event's. `visitor_key` is 64
-- bits of MD5, which no version of the engine changes. `users` are those it names, null if none; only of such visits, and
-- of those with a `$reset`, the visitor is told. `unnamed` counts the events before the first that names somebody, all if
-- none does; null where a sign is among them, and where the order of ids of two kinds would have to tell. It is told as the
-- distance from `events`, which is nearly always 0 and takes no room.
CREATE OR REPLACE TEMP TABLE fresh_visit AS
WITH beats AS (
    SELECT v.visit, v.island, v.place, l.seq, l.t, l.site, l.visitor, l.name, l.state, l.user_id, l.uuid,
        l.name NOT IN {passive} AS active
    FROM visited v JOIN loaded l USING (seq)
), grouped AS (
    SELECT visit, any_value(island) AS island, any_value(site) AS site, any_value(visitor) AS visitor,
        min(t) AS begun, max(t) AS stop, min(t) FILTER (active) AS start,
        count(*) FILTER (active)::INTEGER AS events,
        count(*) FILTER (name = 'page_view')::INTEGER AS pageviews,
        count(*) FILTER (name = 'purchase')::INTEGER AS purchases,
        count(*) FILTER (state = 'granted')::INTEGER AS consented,
        arg_min(seq, place) FILTER (active) AS first_seq,
        arg_min(seq, place) FILTER (name = 'page_view') AS entry_seq,
        arg_max(seq, place) FILTER (name = 'page_view') AS exit_seq,
        min(place) AS first_place, max(place) AS last_place, min(place) FILTER (user_id IS NOT NULL) AS named_place,
        bool_or(name IN {signs}) AS signed, coalesce(bool_or(name = '$reset'), false) AS reset,
        bool_or(uuid IS NULL) AND bool_or(uuid IS NOT NULL) AS mixed
    FROM beats GROUP BY visit
), named AS (
    SELECT visit, list_sort(list(DISTINCT user_id)) AS users FROM beats WHERE user_id IS NOT NULL GROUP BY visit
), islands AS (
    SELECT island, max(stop) - min(begun) >= {longest} AS long FROM grouped GROUP BY island
)
SELECT g.visit, g.visit - g.island AS into_island, i.long, g.site, $after + 1 AS segment, g.begun, g.start - g.begun AS lead,
    g.stop - g.begun AS lasts, g.events, g.pageviews, g.purchases, g.consented, g.first_seq,
    md5_number_lower(g.visitor) AS visitor_key, f.device, f.browser, f.country, n.path AS entry, x.path AS exit,
    t.touch_source AS source, t.touch_medium AS medium, t.touch_campaign AS campaign, t.channel,
    t.referrer_host AS referrer, t.click_id, t.tag,
    CASE WHEN t.tag IS NOT NULL THEN nullif(lower(trim(t.source)), '') END AS utm,
    CASE WHEN t.tag IS NOT NULL THEN nullif(lower(trim(t.medium)), '') END AS utm_medium,
    CASE WHEN t.tag IS NOT NULL THEN nullif(lower(trim(t.campaign)), '') END AS utm_campaign,
    CASE WHEN u.visit IS NOT NULL OR g.reset THEN g.visitor END AS visitor, u.users, g.reset,
    CASE WHEN NOT (g.signed OR g.mixed AND u.visit IS NOT NULL)
        THEN coalesce(g.named_place, g.last_place + 1) - g.first_place - g.events END::INTEGER AS unnamed
FROM grouped g JOIN islands i USING (island) LEFT JOIN named u USING (visit) LEFT JOIN loaded f ON f.seq = g.first_seq
    LEFT JOIN loaded n ON n.seq = g.entry_seq LEFT JOIN loaded x ON x.seq = g.exit_seq
    LEFT JOIN loaded t ON t.seq = CASE WHEN f.tag IS NULL THEN coalesce(g.entry_seq, g.first_seq) ELSE g.first_seq END
