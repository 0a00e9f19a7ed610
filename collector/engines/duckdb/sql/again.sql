-- Units that converted, once for each interval they entered in, with entries of that interval alone: only they can have
-- converted from there.
CREATE OR REPLACE TEMP TABLE again AS
SELECT key, part, events, list_bit_or(list_transform(events, lambda e: {mask})) AS fits
FROM (
    SELECT key, number AS part, list_filter(
        list_transform(events, lambda e: CASE WHEN {entry} AND {number} <> entered.number THEN e - {bit} ELSE e END),
        lambda e: {mask} > 0) AS events
    FROM entered JOIN reached USING (key) WHERE depth = {steps}
)
