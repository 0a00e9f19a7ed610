UNION ALL
    SELECT f.key, f.e, b.start, b.other
    FROM (SELECT key, e FROM later SEMI JOIN crowded USING (key) WHERE {step}) f ASOF JOIN (
        SELECT b.key, max(b.e) AS e, max(b.start) AS start, {other} AS other
        FROM {before} b SEMI JOIN crowded USING (key) GROUP BY b.key, b.e >> {codes}
    ) b ON b.key = f.key AND f.e >= b.e
