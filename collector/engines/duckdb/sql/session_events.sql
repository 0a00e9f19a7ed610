-- Events that matter, by session: those of sessions that began in the range.
SELECT e.number AS unit, s.stop, {columns}
FROM sessioned e JOIN session s USING (number)
WHERE ({where}) AND s.start >= $from AND s.start < $to AND {asked}
ORDER BY unit, e.t, e.page_seq, e.id
