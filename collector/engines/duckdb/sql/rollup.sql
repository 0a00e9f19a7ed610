-- What is kept of one site's sealed events: by visit and by quarter of an hour (`slot`), on which every local day begins
-- today. `cut_…`: the same of visits that were cut again, by the number of their session. Text is kept once.
CREATE TABLE rollup.deed (visit BIGINT, slot INTEGER, events UINTEGER, consented UINTEGER, page_views UINTEGER,
    purchases UINTEGER, "first" BIGINT, "last" BIGINT);
CREATE TABLE rollup.sale (visit BIGINT, slot INTEGER, currency VARCHAR, orders UINTEGER, revenue DECIMAL(38, 6));
CREATE TABLE rollup.viewed (visit BIGINT, slot INTEGER, code UINTEGER, views UINTEGER);
CREATE TABLE rollup.cut_deed AS SELECT 0::BIGINT AS number, * FROM rollup.deed LIMIT 0;
CREATE TABLE rollup.cut_sale AS SELECT 0::BIGINT AS number, * FROM rollup.sale LIMIT 0;
CREATE TABLE rollup.cut_viewed AS SELECT 0::BIGINT AS number, * FROM rollup.viewed LIMIT 0;
CREATE TABLE rollup.path (path VARCHAR, code UINTEGER);
CREATE TABLE rollup.owner (visit BIGINT, who UBIGINT);
CREATE TABLE rollup.basis (slot INTEGER, state VARCHAR, consent_source VARCHAR, policy VARCHAR, n UINTEGER);
CREATE TABLE rollup.flagged (slot INTEGER, kind VARCHAR, name VARCHAR, n UINTEGER);
CREATE TABLE rollup.segment (place BIGINT, events VARCHAR, visits VARCHAR);
CREATE TABLE rollup.moved (visit BIGINT, number BIGINT)
