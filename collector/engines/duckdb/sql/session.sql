-- One row per session. A session has at least one event that is not passive; passive ones only lengthen it.
-- Its touch is its first campaign's, else its first page view's, else its first event's.
CREATE OR REPLACE TEMP TABLE session AS
WITH told AS (
    SELECT e.*, c.island, c.part, e.name NOT IN (SELECT unnest($passive::VARCHAR[])) AS active,
        e.name = 'page_view' AS viewed,
        struct_pack(t := e.t, q := e.page_seq, i := e.id) AS place
    FROM events e JOIN cut c USING (seq)
), grouped AS (
    SELECT visitor, island, part,
        arg_min(id, place) FILTER (active) AS id,
        min(t) FILTER (active) AS start,
        max(t) AS stop,
        count(*) FILTER (active) AS events,
        count(*) FILTER (viewed) AS pageviews,
        arg_min(path, place) FILTER (viewed) AS entry,
        arg_max(path, place) FILTER (viewed) AS exit,
        coalesce(
            arg_min(struct_pack(s := touch_source, m := touch_medium, c := touch_campaign, h := channel), place) FILTER (tag IS NOT NULL),
            arg_min(struct_pack(s := touch_source, m := touch_medium, c := touch_campaign, h := channel), place) FILTER (viewed),
            arg_min(struct_pack(s := touch_source, m := touch_medium, c := touch_campaign, h := channel), place)
        ) AS touch,
        arg_min(lower(trim(source)), place) FILTER (tag IS NOT NULL AND source IS NOT NULL) AS utm,
        arg_min(device, place) AS device,
        arg_min(browser, place) AS browser,
        arg_min(country, place) AS country,
        count(*) FILTER (name IN (SELECT unnest($keys::VARCHAR[]))) AS conversions,
        count(*) FILTER (state = 'granted') AS consented
    FROM told
    GROUP BY visitor, island, part
)
SELECT * EXCLUDE (touch),
    touch.s AS source, touch.m AS medium, touch.c AS campaign, touch.h AS channel,
    stop - start AS duration,
    events = 1 AS bounced,
    stop - start > $engaged OR pageviews >= 2 OR conversions > 0 AS engaged
FROM grouped
WHERE start IS NOT NULL
