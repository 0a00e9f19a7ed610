-- What is kept of one site's sealed events: by visit and by quarter of an hour (`slot`), on which every local day begins
-- today. `cut_…`: the same of visits that were cut again, by the number of their session. Text is kept once.
CREATE TABLE shelf.deed (visit BIGINT, slot INTEGER, events UINTEGER, consented UINTEGER, page_views UINTEGER,
    purchases UINTEGER, "first" BIGINT, "last" BIGINT);
CREATE TABLE shelf.sale (visit BIGINT, slot INTEGER, currency VARCHAR, orders UINTEGER, revenue DECIMAL(38, 6));
CREATE TABLE shelf.viewed (visit BIGINT, slot INTEGER, code UINTEGER, views UINTEGER);
CREATE TABLE shelf.cut_deed AS SELECT 0::BIGINT AS number, * FROM shelf.deed LIMIT 0;
CREATE TABLE shelf.cut_sale AS SELECT 0::BIGINT AS number, * FROM shelf.sale LIMIT 0;
CREATE TABLE shelf.cut_viewed AS SELECT 0::BIGINT AS number, * FROM shelf.viewed LIMIT 0;
CREATE TABLE shelf.path (path VARCHAR, code UINTEGER);
CREATE TABLE shelf.owner (visit BIGINT, who UBIGINT);
CREATE TABLE shelf.basis (slot INTEGER, state VARCHAR, consent_source VARCHAR, policy VARCHAR, n UINTEGER);
CREATE TABLE shelf.flagged (slot INTEGER, kind VARCHAR, name VARCHAR, n UINTEGER);
CREATE TABLE shelf.segment (place BIGINT, events VARCHAR, visits VARCHAR);
CREATE TABLE shelf.moved (visit BIGINT, number BIGINT)
