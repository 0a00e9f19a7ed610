-- Events that matter to the funnel, by unit in time: the bits of `mask` say which steps an event fits, those of `bars`
-- which exclusions.
SELECT {unit} AS unit, {part} AS part, e.t, {mask} AS mask, {entry} AS entry, {bars} AS bars, {label} AS label,
    {hold} AS hold, e.currency, e.amount
FROM events e {joins}
WHERE {where} AND {rest}
ORDER BY unit, part, e.t, {order}
