-- What a grant joins to its visitor: of whoever, without a grant, viewed the page that the grant was given on, the
-- unbroken run of events that this view is part of, up to the grant, and whatever else that page sent. One event has
-- one visitor: that of a grant on its own page, else that of the earliest grant.
CREATE OR REPLACE TEMP TABLE joined AS
WITH grants AS (
    SELECT seq, t, visitor, page FROM kept
    WHERE name = $attach AND state = 'granted' AND page IS NOT NULL AND t <= $now
), nameless AS (
    SELECT seq, t, page_seq, id, visitor, page FROM kept WHERE state = 'exempt' AND t <= $now
        AND visitor IN (SELECT visitor FROM kept WHERE state = 'exempt' AND page IN (SELECT page FROM grants))
), parted AS (
    SELECT *, coalesce(t - lag(t) OVER told >= $timeout, true) AS begins
    FROM nameless WINDOW told AS (PARTITION BY visitor ORDER BY t, page_seq, id)
), runs AS (
    SELECT seq, t, visitor, page, sum(begins::INTEGER) OVER (
        PARTITION BY visitor ORDER BY t, page_seq, id ROWS UNBOUNDED PRECEDING) AS run
    FROM parted
), pairs AS (
    SELECT DISTINCT r.visitor AS hash, r.run, g.page, g.t, g.seq, g.visitor FROM runs r JOIN grants g USING (page)
)
SELECT r.seq, arg_min(p.visitor, struct_pack(own := r.page IS DISTINCT FROM p.page, t := p.t, seq := p.seq)) AS visitor,
    arg_min(p.seq, struct_pack(own := r.page IS DISTINCT FROM p.page, t := p.t, seq := p.seq)) AS grant_seq
FROM runs r JOIN pairs p ON p.hash = r.visitor AND p.run = r.run
WHERE r.t <= p.t OR r.page = p.page
GROUP BY r.seq
