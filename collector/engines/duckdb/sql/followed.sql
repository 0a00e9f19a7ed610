-- The events of the second step, and the units that have many of them.
CREATE OR REPLACE TEMP TABLE followed AS SELECT key, e FROM marked WHERE {second};
CREATE OR REPLACE TEMP TABLE crowded AS SELECT key FROM followed GROUP BY key HAVING count(*) > {many}
