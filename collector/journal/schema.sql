-- The log: the truth of the house. Append-only; `seq` has no gaps. `id` is a UUID's 16 bytes, or any other id as text.
CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    site INTEGER NOT NULL,
    id ANY NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX event_id ON event (site, id);

-- One row per transaction that added events. `sum` is SHA-256 over the previous sum and the rows, so that a row that
-- was changed, lost or slipped in shows.
CREATE TABLE batch (
    last_seq INTEGER PRIMARY KEY,
    events INTEGER NOT NULL,
    sum BLOB NOT NULL
) STRICT;

-- What became of everything that arrived, by UTC day. `received` equals the sum of all other outcomes.
CREATE TABLE counter (
    day INTEGER NOT NULL,
    site INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (day, site, outcome, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE site (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    key BLOB NOT NULL,
    options TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX site_name ON site (name) WHERE removed = 0;

-- The columnar segments that stand for a range of the log. One row here publishes one file.
CREATE TABLE segment (
    first_seq INTEGER PRIMARY KEY,
    last_seq INTEGER NOT NULL,
    file TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sum BLOB NOT NULL
) STRICT;

PRAGMA user_version = 1;
