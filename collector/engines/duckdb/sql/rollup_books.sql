-- Whose the visits are, and what the events were kept under, flagged with, and sent by.
INSERT INTO {to}owner SELECT visit, visitor_key FROM {visits};
INSERT INTO {to}basis
SELECT t // 900000, state, consent_source, policy, count(*)
FROM {events} WHERE {counted} GROUP BY t // 900000, state, consent_source, policy;
INSERT INTO {to}flagged
SELECT slot, kind, said, count(*) FROM (
    SELECT t // 900000 AS slot, 'flag' AS kind, unnest(flags) AS said FROM {events} WHERE flags IS NOT NULL
    UNION ALL SELECT t // 900000, 'bot', bot FROM {events} WHERE bot IS NOT NULL
    UNION ALL SELECT t // 900000, 'internal', NULL FROM {events} WHERE internal
) GROUP BY slot, kind, said
