-- Events that matter, by session: those of sessions that began in the range.
SELECT c.stream || ' ' || c.island || ' ' || c.part AS unit, s.stop, {columns}
FROM events e JOIN cut c USING (seq) JOIN session s ON (s.stream, s.island, s.part) = (c.stream, c.island, c.part)
WHERE ({where}) AND s.start >= $from AND s.start < $to
ORDER BY unit, e.t, e.page_seq, e.id
