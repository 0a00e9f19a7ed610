-- The spells of known devices whose guesses they may tell: on devices of more than three users only an event's own user
-- counts. `unnamed` is -1 where it cannot be told.
SELECT visitor_key, begun, stop, coalesce(unnamed, -1) AS unnamed, device IS NOT NULL AS named
FROM {spells} SEMI JOIN (SELECT visitor_key FROM known WHERE NOT shared{among}) USING (visitor_key)
