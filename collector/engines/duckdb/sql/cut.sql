-- Events of every visitor cut into sessions: a gap of the timeout or more, a campaign that changed, a day that changed.
-- Islands longer than the maximum are cut again by the caller: that rule cannot be said with windows. `place` is an
-- event's rank among its visitor's, so that the long sort (time, sequence, id) is done once. Streams (visitors) and
-- labels (campaigns) are numbers here, and UUIDs 16 bytes: windows over texts take twice the time and the memory.
-- `before` packs the place and the number of the last campaign, so that one pass finds it together with the islands;
-- it counts if it is not older than the island's head. `part` is the place of the session's first event.
CREATE OR REPLACE TEMP TABLE cut AS
WITH beats AS ({beats}), streams AS (
    SELECT stream, row_number() OVER ()::INTEGER AS number FROM (SELECT DISTINCT stream FROM beats)
), labels AS (
    SELECT tag, row_number() OVER ()::INTEGER AS label FROM (SELECT DISTINCT tag FROM beats WHERE tag IS NOT NULL)
), ordered AS (
    SELECT seq, number AS stream, t, label, active, day, viewed, counted, keyed, consented,
        CASE WHEN active AND $split THEN label END AS tag,
        row_number() OVER told AS place,
        coalesce(t - lag(t) OVER told >= $timeout OR day <> lag(day) OVER told, true) AS begins
    FROM beats JOIN streams USING (stream) LEFT JOIN labels USING (tag)
    WINDOW told AS (PARTITION BY number ORDER BY t, page_seq, uuid, id)
), islands AS (
    SELECT *, sum(begins::INTEGER) OVER so_far::INTEGER AS island,
        max(CASE WHEN begins THEN place END) OVER so_far AS head,
        max(CASE WHEN tag IS NOT NULL THEN place * 2147483648 + tag END)
            OVER (PARTITION BY stream ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM ordered
    WINDOW so_far AS (PARTITION BY stream ORDER BY place ROWS UNBOUNDED PRECEDING)
)
SELECT seq, stream, t, place, label, tag, active, day, viewed, counted, keyed, consented, island,
    max(CASE WHEN begins OR tag IS NOT NULL
            AND (before IS NULL OR before // 2147483648 < head OR before % 2147483648 <> tag) THEN place END)
        OVER (PARTITION BY stream ORDER BY place ROWS UNBOUNDED PRECEDING)::INTEGER AS part
FROM islands
