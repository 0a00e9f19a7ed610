-- What an operator decided about a site beside its options. `unlink`: a device and a user, or two users, that are not to
-- be taken for one person, whatever the events say. `funnel`: questions kept under a name, as JSON.
CREATE TABLE unlink (
    site INTEGER NOT NULL,
    one TEXT NOT NULL,
    other TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (site, one, other)
) STRICT, WITHOUT ROWID;

CREATE TABLE funnel (
    site INTEGER NOT NULL,
    name TEXT NOT NULL,
    spec TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (site, name)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 3;
