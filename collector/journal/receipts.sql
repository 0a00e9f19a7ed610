-- What visitors answered, each text once. Empty texts for what was not said; `more` is JSON: purposes, strings of consent
-- platforms, the snippet's version.
CREATE TABLE answer (
    number INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    source TEXT NOT NULL,
    policy TEXT NOT NULL,
    more TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX answer_said ON answer (state, source, policy, more);

-- The consent log: who answered what, append-only, `number` without gaps. One row when an answer changes, not one a
-- batch. `subject` is the visitor's id (of a kind that we make in its 16 bytes), or the page's where it has none; `ago`
-- how long before `received` (ms UTC) the answer was given; `after` the last event that was there before it: the receipt
-- of an event is the subject's last one whose `after` is smaller than the event's `seq`. Kept by subject, which is what
-- every new visitor is looked up by: an id that a sender chose can make that no slower.
CREATE TABLE receipt (
    subject ANY NOT NULL,
    site INTEGER NOT NULL,
    number INTEGER NOT NULL,
    answer INTEGER NOT NULL,
    ago INTEGER NOT NULL,
    received INTEGER NOT NULL,
    after INTEGER NOT NULL,
    PRIMARY KEY (subject, site, number)
) STRICT, WITHOUT ROWID;

-- The withdrawals among them, which a starting server must know without reading the rest.
CREATE TABLE withdrawal (
    number INTEGER PRIMARY KEY,
    site INTEGER NOT NULL,
    subject ANY NOT NULL,
    received INTEGER NOT NULL
) STRICT;

-- One row per transaction that added receipts: SHA-256 over the previous sum and the receipts with their answers.
CREATE TABLE receipt_batch (
    last INTEGER PRIMARY KEY,
    sum BLOB NOT NULL
) STRICT;

PRAGMA user_version = 5;
