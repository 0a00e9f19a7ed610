-- What the names in campaign links mean when events are enriched: the dictionary's text and the channels' rule set. The
-- last row holds, and every segment was sealed under it; the others tell what held before, and since when (ms UTC).
CREATE TABLE meaning (
    number INTEGER PRIMARY KEY,
    dictionary TEXT NOT NULL,
    rules TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;

PRAGMA user_version = 4;
