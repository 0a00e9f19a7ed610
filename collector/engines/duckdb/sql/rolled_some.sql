-- What happened in some sessions: a session's number is that of its first visit, others have moved to it.
CREATE OR REPLACE TEMP TABLE chosen AS SELECT number FROM session;
CREATE OR REPLACE TEMP TABLE within AS
SELECT number AS visit FROM chosen WHERE number > 0
UNION ALL
SELECT visit FROM moves SEMI JOIN chosen USING (number) WHERE visit <> number;
CREATE OR REPLACE TEMP VIEW asked_deed AS
SELECT * FROM deed SEMI JOIN within USING (visit)
UNION ALL SELECT * EXCLUDE (number) FROM cut_deed SEMI JOIN chosen USING (number);
CREATE OR REPLACE TEMP VIEW asked_sale AS
SELECT * FROM sale SEMI JOIN within USING (visit)
UNION ALL SELECT * EXCLUDE (number) FROM cut_sale SEMI JOIN chosen USING (number);
CREATE OR REPLACE TEMP VIEW asked_viewed AS
SELECT * FROM viewed SEMI JOIN within USING (visit)
UNION ALL SELECT * EXCLUDE (number) FROM cut_viewed SEMI JOIN chosen USING (number)
