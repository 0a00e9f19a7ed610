-- What a grant joins to its visitor: what was sent of the page that it was given on, which the page's id proves; and of
-- the unbroken run of events under the same hash of the day, what came before the grant, which nothing proves (`own` is
-- false). Where more than one visitor gave a grant in a run, it is known to be of several: only pages join then. One
-- event has one visitor: that of a grant on its own page, else that of the earliest grant.
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
), alone AS (
    SELECT hash, run, count(DISTINCT visitor) = 1 AS alone FROM pairs GROUP BY hash, run
)
SELECT r.seq, bool_or(r.page IS NOT DISTINCT FROM p.page) AS own,
    arg_min(p.visitor, struct_pack(own := r.page IS DISTINCT FROM p.page, t := p.t, seq := p.seq)) AS visitor,
    arg_min(p.seq, struct_pack(own := r.page IS DISTINCT FROM p.page, t := p.t, seq := p.seq)) AS grant_seq
FROM runs r JOIN pairs p ON p.hash = r.visitor AND p.run = r.run JOIN alone a ON a.hash = p.hash AND a.run = p.run
WHERE r.page = p.page OR (a.alone AND r.t <= p.t)
GROUP BY r.seq
