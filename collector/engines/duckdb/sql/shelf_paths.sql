-- New paths get the next codes.
INSERT INTO shelf.path
SELECT path, (SELECT coalesce(max(code), 0) FROM shelf.path) + row_number() OVER ()
FROM (SELECT DISTINCT path FROM {events} WHERE name = 'page_view' AND path IS NOT NULL AND {counted})
    ANTI JOIN shelf.path USING (path)
