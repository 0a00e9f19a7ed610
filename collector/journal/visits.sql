-- Beside a segment's events: the file of its visits, and the terms on which each site's were cut, as JSON:
-- {site: [session timeout in ms, events that look automated, that say so, that carry a campaign to another visit]}.
CREATE TABLE IF NOT EXISTS visits (
    first_seq INTEGER PRIMARY KEY,
    file TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sum BLOB NOT NULL,
    terms TEXT NOT NULL
) STRICT;

PRAGMA user_version = 6;
