-- What may decide how far a unit comes, if it came further than entering; all its events only where they are asked for.
CREATE OR REPLACE TEMP TABLE thinned AS
SELECT key, part, fits, odd, CASE WHEN {kept} THEN events END AS events,
    CASE WHEN fits & 3 = 3 AND NOT odd THEN {thinned} END AS thin
FROM (SELECT *, {odd} AS odd FROM sorted)
