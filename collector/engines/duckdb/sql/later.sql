-- The events of all steps but the first, and the units that have many of them.
CREATE OR REPLACE TEMP TABLE later AS SELECT key, e FROM marked WHERE NOT {entry};
CREATE OR REPLACE TEMP TABLE crowded AS SELECT key FROM later GROUP BY key HAVING count(*) > {many}
