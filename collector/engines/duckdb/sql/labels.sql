-- What sessions are called: who, from where, on what. A session's touch is its first campaign's, else its first page
-- view's, else its first event's. Only the events that name a session are read whole.
CREATE OR REPLACE TEMP TABLE session AS
WITH named AS (
    SELECT seq, id, visitor, path, device, browser, country, touch_source, touch_medium, touch_campaign, channel,
        source, medium, campaign, referrer_host, click_id, tag
    FROM {events} SEMI JOIN (
        SELECT unnest([first_seq, entry_seq, exit_seq, tag_seq]) AS seq FROM session
    ) USING (seq)
)
SELECT s.* REPLACE (md5_number_lower(f.visitor) AS who), f.visitor, f.id, f.device, f.browser, f.country,
    n.path AS entry, x.path AS exit,
    t.touch_source AS source, t.touch_medium AS medium, t.touch_campaign AS campaign, t.channel,
    t.referrer_host AS referrer, t.click_id, t.tag,
    CASE WHEN t.tag IS NOT NULL THEN nullif(lower(trim(t.source)), '') END AS utm,
    CASE WHEN t.tag IS NOT NULL THEN nullif(lower(trim(t.medium)), '') END AS utm_medium,
    CASE WHEN t.tag IS NOT NULL THEN nullif(lower(trim(t.campaign)), '') END AS utm_campaign
FROM session s JOIN named f ON f.seq = s.first_seq
    JOIN named t ON t.seq = coalesce(s.tag_seq, s.entry_seq, s.first_seq)
    LEFT JOIN named n ON n.seq = s.entry_seq LEFT JOIN named x ON x.seq = s.exit_seq
