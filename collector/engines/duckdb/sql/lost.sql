-- The paths of persons who did not convert, with their number: of one part in $parts of all persons, which is sorted in
-- memory.
SELECT path, count(*) AS persons FROM (
    SELECT list(label ORDER BY t, id) AS path FROM touched ANTI JOIN winner USING (unit) LEFT JOIN tied USING (seq)
    WHERE t >= $since AND t < $to AND unit % $parts = $part GROUP BY unit
) GROUP BY path
