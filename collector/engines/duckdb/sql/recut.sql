-- The sessions that were cut again, with the names that the others have.
INSERT INTO remade BY NAME
SELECT -s.first_seq AS number, md5_number_lower(e.visitor) AS visitor_key, s.start, s.stop, s.events, s.pageviews,
    s.conversions AS purchases, s.consented, s.first_seq{names}
FROM session s JOIN doubtful e ON e.seq = s.first_seq
