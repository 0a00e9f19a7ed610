-- Events that fit a step of a plain funnel. Ids are only kept where they may have to decide between equal times.
CREATE OR REPLACE TEMP TABLE step_event AS
SELECT unit, t, seq, mask, entry, amount, currency,
    CASE WHEN mask <> 1 THEN page_seq END AS page_seq, CASE WHEN mask <> 1 THEN id END AS id
FROM (
    SELECT {unit} AS unit, e.t, e.seq, {mask} AS mask, {entry} AS entry, e.amount, e.currency, e.page_seq, e.id
    FROM events e {joins}
    WHERE {where}
)
