-- Beside a segment's events: the file of its visits, and the terms on which each site's were cut, as JSON:
-- {site: [session timeout in ms, events that look automated, that say so, that carry a campaign to another visit, sums]};
-- the sums are those of its events in visits: [how many, from when, to when (ms UTC), under a grant, under the exemption, that link users]; null or missing
-- where it was sealed by an earlier release.
CREATE TABLE IF NOT EXISTS visits (
    first_seq INTEGER PRIMARY KEY,
    file TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sum BLOB NOT NULL,
    terms TEXT NOT NULL
) STRICT;

PRAGMA user_version = 6;
