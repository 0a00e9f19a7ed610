-- Events that matter to the funnel, by unit in time: the bits of `mask` say which steps an event fits.
SELECT {unit} AS unit, e.t, {mask} AS mask, {label} AS label, {entry} AS entry
FROM events e {join}
WHERE {any}
ORDER BY unit, e.t, e.page_seq, e.id
