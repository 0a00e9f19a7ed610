-- What pages do for those who may ask. Times are ms UTC; of a secret only a hash is kept.
-- Whoever has the address behind `secret` becomes a user of this name, once, until it expires.
CREATE TABLE IF NOT EXISTS invitation (
    secret BLOB PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When a program's token ends; one without a row does not.
CREATE TABLE IF NOT EXISTS token_term (
    token INTEGER PRIMARY KEY,
    expires INTEGER NOT NULL
) STRICT;

-- When a shared page was last looked at, and never by whom.
CREATE TABLE IF NOT EXISTS share_use (
    share INTEGER PRIMARY KEY,
    seen INTEGER NOT NULL
) STRICT;

-- Who changed who may ask, and sites: names, no addresses. A name in parentheses is nobody's: what came without one.
CREATE TABLE IF NOT EXISTS deed (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    about TEXT NOT NULL,
    site TEXT NOT NULL
) STRICT;

-- Views of pages under a name: `query` is the page's address behind the `?`. `owner` sees it alone; empty: all who see
-- the site. `first`: the page opens with it, at most one of an owner's on a page.
CREATE TABLE IF NOT EXISTS view (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    site INTEGER NOT NULL,
    page TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    owner TEXT NOT NULL,
    author TEXT NOT NULL,
    first INTEGER NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (site, page, owner, name)
) STRICT;

PRAGMA user_version = 8;
