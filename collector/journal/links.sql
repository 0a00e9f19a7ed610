-- The links that were issued. `code` is the short address's and never given out twice, `target` the whole built link.
-- Times are ms UTC. A row is never deleted: who printed a code must not find it leading elsewhere one day.
CREATE TABLE link (
    number INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    target TEXT NOT NULL,
    author TEXT NOT NULL,
    created INTEGER NOT NULL,
    dictionary TEXT NOT NULL,
    note TEXT NOT NULL,
    expires INTEGER,
    removed INTEGER
) STRICT;
CREATE UNIQUE INDEX link_code ON link (code);
CREATE INDEX link_target ON link (target);

-- Requests of a short address by UTC day: numbers, and nothing about who made them.
CREATE TABLE click (
    link INTEGER NOT NULL,
    day INTEGER NOT NULL,
    kind TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (link, day, kind)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 2;
