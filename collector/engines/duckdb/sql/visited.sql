-- The visit of each loaded event that is not a declared bot's: a gap of the site's timeout or more begins one, and so
-- does a campaign of an active event that is not the last one of the run of events without a gap (its island). A visit's
-- number is the place of its first event in the segment's order, counted from the event before the segment: no other visit
-- of the log has it.
CREATE OR REPLACE TEMP TABLE visited AS
WITH placed AS (
    SELECT seq, t, CASE WHEN name NOT IN {passive} THEN tag END AS tag, row_number() OVER told AS place,
        coalesce(site = lag(site) OVER told AND visitor = lag(visitor) OVER told
            AND t - lag(t) OVER told < {timeout}, false) AS goes_on
    FROM loaded WHERE {bots}
    WINDOW told AS (ORDER BY site, visitor, t, page_seq, uuid, id)
), islands AS (
    SELECT *, max(CASE WHEN NOT goes_on THEN place END) OVER so_far AS head,
        lag(tag IGNORE NULLS) OVER so_far AS last_tag,
        lag(CASE WHEN tag IS NOT NULL THEN place END IGNORE NULLS) OVER so_far AS last_tagged
    FROM placed WINDOW so_far AS (ORDER BY place ROWS UNBOUNDED PRECEDING)
)
SELECT seq, place, $after + head AS island,
    $after + max(CASE WHEN head = place OR tag IS NOT NULL AND (coalesce(last_tagged, 0) < head OR last_tag <> tag)
        THEN place END) OVER (ORDER BY place ROWS UNBOUNDED PRECEDING) AS visit
FROM islands
