-- One row per session. A session has at least one event that is not passive; passive ones only lengthen it.
-- Its touch is its first campaign's, else its first page view's, else its first event's.
CREATE OR REPLACE TEMP TABLE session AS
WITH told AS (
    SELECT e.*, c.stream, c.island, c.part, c.active, e.name = 'page_view' AS viewed,
        struct_pack(t := e.t, q := e.page_seq, i := e.id) AS place,
        struct_pack(s := e.touch_source, m := e.touch_medium, c := e.touch_campaign, h := e.channel,
            rs := e.source, rm := e.medium, rc := e.campaign, ref := e.referrer_host, tag := e.tag, k := e.click_id) AS trace
    FROM events e JOIN cut c USING (seq)
    WHERE c.part IS NOT NULL
), grouped AS (
    SELECT stream, island, part,
        arg_min(visitor, place) FILTER (active) AS visitor,
        arg_min(id, place) FILTER (active) AS id,
        arg_min(seq, place) FILTER (active) AS first_seq,
        min(t) FILTER (active) AS start,
        max(t) AS stop,
        count(*) FILTER (active) AS events,
        count(*) AS signs,
        count(*) FILTER (viewed) AS pageviews,
        arg_min(path, place) FILTER (viewed) AS entry,
        arg_max(path, place) FILTER (viewed) AS exit,
        coalesce(
            arg_min(trace, place) FILTER (tag IS NOT NULL),
            arg_min(trace, place) FILTER (viewed),
            arg_min(trace, place)
        ) AS touch,
        arg_min(device, place) AS device,
        arg_min(browser, place) AS browser,
        arg_min(country, place) AS country,
        count(*) FILTER (name IN (SELECT unnest($counted::VARCHAR[]))) AS conversions,
        count(*) FILTER (name IN (SELECT unnest($keys::VARCHAR[]))) AS key_events,
        count(*) FILTER (state = 'granted') AS consented
    FROM told
    GROUP BY stream, island, part
)
SELECT * EXCLUDE (touch),
    touch.s AS source, touch.m AS medium, touch.c AS campaign, touch.h AS channel, touch.ref AS referrer, touch.tag AS tag,
    touch.k AS click_id,
    CASE WHEN touch.tag IS NOT NULL THEN nullif(lower(trim(touch.rs)), '') END AS utm,
    CASE WHEN touch.tag IS NOT NULL THEN nullif(lower(trim(touch.rm)), '') END AS utm_medium,
    CASE WHEN touch.tag IS NOT NULL THEN nullif(lower(trim(touch.rc)), '') END AS utm_campaign,
    stop - start AS duration,
    events = 1 AS bounced,
    stop - start > $engaged OR pageviews >= 2 OR key_events > 0 AS engaged
FROM grouped
WHERE start IS NOT NULL
