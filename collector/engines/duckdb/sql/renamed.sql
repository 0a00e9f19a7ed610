-- What those sessions are called: a campaign is that of the visit that has one, else the touch is the first page view's.
CREATE OR REPLACE TEMP TABLE remade AS
WITH told AS (
    SELECT m.number, start, pageviews, entry, exit, struct_pack(device, browser, country) AS "on",
        struct_pack(source, medium, campaign, channel, referrer, click_id, tag, utm, utm_medium, utm_campaign) AS touch,
        start + CASE WHEN tag IS NOT NULL THEN 0 WHEN pageviews > 0 THEN 1 ELSE 2 END * 4503599627370496 AS rank
    FROM visit v JOIN moved m USING (visit)
), named AS (
    SELECT number, arg_min("on", start) AS "on", arg_min(touch, rank) AS touch,
        arg_min(struct_pack(path := entry), start) FILTER (pageviews > 0) AS entered,
        arg_max(struct_pack(path := exit), start) FILTER (pageviews > 0) AS exited
    FROM told GROUP BY number
)
SELECT r.*, "on".*, entered.path AS entry, exited.path AS exit, touch.* FROM remade r JOIN named USING (number)
