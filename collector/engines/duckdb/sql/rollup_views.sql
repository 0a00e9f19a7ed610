-- Rollup and tail as one. Of visitors with visits that the rollup's sessions do not know (`touched`) the sessions are those
-- made just now, and what the rollup says of their visits' sessions is stale.
CREATE OR REPLACE TEMP TABLE stale AS
SELECT visit FROM rollup.owner SEMI JOIN touched USING (who);
CREATE OR REPLACE TEMP VIEW whole AS
SELECT * FROM rollup.session {untouched} UNION ALL BY NAME SELECT * FROM tail_session;
CREATE OR REPLACE TEMP VIEW moves AS
SELECT * FROM rollup.moved {fresh} UNION ALL SELECT * FROM tail_moved;
CREATE OR REPLACE TEMP VIEW deed AS FROM rollup.deed UNION ALL FROM tail_deed;
CREATE OR REPLACE TEMP VIEW sale AS FROM rollup.sale UNION ALL FROM tail_sale;
CREATE OR REPLACE TEMP VIEW viewed AS FROM rollup.viewed UNION ALL FROM tail_viewed;
CREATE OR REPLACE TEMP VIEW cut_deed AS SELECT * FROM rollup.cut_deed {fresh} UNION ALL FROM tail_cut_deed;
CREATE OR REPLACE TEMP VIEW cut_sale AS SELECT * FROM rollup.cut_sale {fresh} UNION ALL FROM tail_cut_sale;
CREATE OR REPLACE TEMP VIEW cut_viewed AS SELECT * FROM rollup.cut_viewed {fresh} UNION ALL FROM tail_cut_viewed;
CREATE OR REPLACE TEMP VIEW owner AS FROM rollup.owner UNION ALL FROM tail_owner;
CREATE OR REPLACE TEMP VIEW basis AS FROM rollup.basis UNION ALL FROM tail_basis;
CREATE OR REPLACE TEMP VIEW flagged AS FROM rollup.flagged UNION ALL FROM tail_flagged
