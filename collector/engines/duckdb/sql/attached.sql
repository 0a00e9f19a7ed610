-- Where a grant's campaign and referrer belong: to the landing of its visit, which is the last page view, up to the one
-- it was given on, that did not come from the site itself; else to the visit's first. A grant that knows no source
-- changes nothing.
CREATE OR REPLACE TEMP TABLE attached AS
WITH views AS (
    SELECT e.seq, e.t, e.page_seq, e.id, e.page, j.grant_seq,
        e.referrer_host IS NULL OR e.referrer_host NOT IN (SELECT unnest($hosts::VARCHAR[])) AS landed
    FROM kept e JOIN joined j USING (seq) WHERE e.name = 'page_view'
), given AS (
    SELECT * FROM kept WHERE name = $attach AND seq IN (SELECT grant_seq FROM joined) AND touch_source <> '(direct)'
), before AS (
    SELECT v.*, row_number() OVER (PARTITION BY v.grant_seq ORDER BY v.t, v.page_seq, v.id) AS place
    FROM views v JOIN (
        SELECT s.grant_seq, arg_max(struct_pack(t := s.t, page_seq := s.page_seq, id := s.id),
            struct_pack(t := s.t, page_seq := s.page_seq, id := s.id)) AS shown
        FROM views s JOIN given g ON g.seq = s.grant_seq AND g.page = s.page GROUP BY s.grant_seq
    ) AS until ON until.grant_seq = v.grant_seq
        AND struct_pack(t := v.t, page_seq := v.page_seq, id := v.id) <= until.shown
), landing AS (
    SELECT grant_seq, coalesce(arg_max(seq, place) FILTER (landed), arg_min(seq, place)) AS seq
    FROM before GROUP BY grant_seq
)
SELECT l.seq, g.* EXCLUDE (seq) FROM landing l JOIN given g ON g.seq = l.grant_seq
