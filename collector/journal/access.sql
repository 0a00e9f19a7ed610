-- Who may ask. Of a secret (a password, a session's id, a token, a shared address) only a hash is kept. Times are ms UTC.
-- A site is its number: one that is added under a removed one's name is another.
CREATE TABLE IF NOT EXISTS account (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    role TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

-- Who is signed in; account 0 came in with the folder's token.
CREATE TABLE IF NOT EXISTS login (
    secret BLOB PRIMARY KEY,
    account INTEGER NOT NULL,
    created INTEGER NOT NULL,
    seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Tokens of programs. `sites` and `actions` are JSON lists; `sites` is null for all.
CREATE TABLE IF NOT EXISTS api_token (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    secret BLOB NOT NULL UNIQUE,
    sites TEXT NOT NULL,
    actions TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

-- Shared pages: `filters` is the page's query as it was shared; counts under `least` are hidden.
CREATE TABLE IF NOT EXISTS share (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    secret BLOB NOT NULL UNIQUE,
    site INTEGER NOT NULL,
    page TEXT NOT NULL,
    filters TEXT NOT NULL,
    note TEXT NOT NULL,
    author TEXT NOT NULL,
    least INTEGER NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT;

PRAGMA user_version = 7;
