-- The sessions: visits as they were sealed, and those that were made anew. One has at least one active event.
CREATE OR REPLACE TEMP VIEW session AS
WITH every AS (
    SELECT * FROM remade
    UNION ALL BY NAME
    SELECT * EXCLUDE (into_island, long, site, segment, begun, lead, lasts, visit), visit AS number
    FROM visit ANTI JOIN merging USING (visit)
)
SELECT * EXCLUDE (visitor_key, purchases), number AS stream, 0 AS island, 0 AS part, visitor_key AS who,
    CASE WHEN tag IS NOT NULL THEN first_seq END AS tag_seq, purchases AS conversions, purchases AS key_events, stop - start AS duration, events = 1 AS bounced,
    stop - start > {engaged} OR pageviews >= 2 OR purchases > 0 AS engaged
FROM every WHERE events > 0
