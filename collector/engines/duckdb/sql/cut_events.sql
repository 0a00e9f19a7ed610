-- Every event with the number of its session, null outside of one.
CREATE OR REPLACE TEMP VIEW sessioned AS
SELECT e.*, c.stream * 2147483648::BIGINT + c.part AS number FROM events e JOIN cut c USING (seq)
