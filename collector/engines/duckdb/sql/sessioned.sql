-- Every event with the number of its session, null outside of one; and the same as the table `cut` tells it.
CREATE OR REPLACE TEMP VIEW sessioned AS
SELECT e.*, coalesce(r.number, m.number, e.visit) AS number
FROM events e LEFT JOIN moved m USING (visit) LEFT JOIN recut r USING (seq);
CREATE OR REPLACE TEMP VIEW cut AS SELECT seq, number AS stream, 0 AS island, 0 AS part FROM sessioned
