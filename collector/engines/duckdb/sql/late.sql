-- The units whose last entry's window is still open.
CREATE OR REPLACE TEMP TABLE late AS SELECT DISTINCT key FROM marked WHERE {entry} AND {late}
