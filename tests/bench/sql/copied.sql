-- The events of `original` once more: later, by other people, under other ids. Each visit of a visitor goes to another of
-- the $copies people that the visitor stands for, so that people come back during the whole time.
CREATE OR REPLACE TEMP TABLE loaded AS
SELECT o.* EXCLUDE (person) REPLACE (
    seq + $copy * $rows AS seq, t + $later AS t, (consented_at::UHUGEINT::BIGINT + $later)::UHUGEINT::UUID AS consented_at,
    concat(printf('%012x', t + $later), left(md5(concat(uuid, $copy)), 20))::UUID AS uuid, hash(page, $copy)::UHUGEINT::UUID AS page,
    uuid_of(concat(visitor, ' ', person), '4') AS visitor, uuid_of(concat(visitor, ' ', person), '4')::UUID AS visitor_uuid,
    CASE WHEN user_id IS NOT NULL THEN md5(concat(user_id, ' ', person)) END AS user_id,
    CASE WHEN name = 'purchase' THEN replace(props::VARCHAR, ':"o', concat(':"o', $copy, '-'))::JSON ELSE props END AS props)
FROM (SELECT *, ($copy + hash(visitor, t // 21600000) % $copies) % $copies AS person FROM original) o
