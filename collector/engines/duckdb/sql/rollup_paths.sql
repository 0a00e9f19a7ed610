-- New paths get the next codes.
INSERT INTO rollup.path
SELECT path, (SELECT coalesce(max(code), 0) FROM rollup.path) + row_number() OVER ()
FROM (SELECT DISTINCT path FROM {events} WHERE name = 'page_view' AND path IS NOT NULL AND {counted})
    ANTI JOIN rollup.path USING (path)
