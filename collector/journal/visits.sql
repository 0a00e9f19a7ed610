-- Beside a segment's events: the file of its visits, and the terms on which each site's were cut, as JSON:
-- {site: [session timeout in ms, events that look automated, that say so, that carry a campaign to another visit, sums, form,
-- moneys]}; the sums are those of its events in visits: [how many, from when, to when (ms UTC), under a grant, under the
-- exemption, that link users]; form is the number of the form of its events; moneys are the different amounts of its events:
-- ["EUR 12.50", …], null where they are many. What an earlier release did not tell is null or missing.
CREATE TABLE IF NOT EXISTS visits (
    first_seq INTEGER PRIMARY KEY,
    file TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sum BLOB NOT NULL,
    terms TEXT NOT NULL
) STRICT;

PRAGMA user_version = 6;
