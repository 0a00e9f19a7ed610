-- The person behind each event of a tangled device: the event's own user, else the nearest earlier one, else the
-- nearest later one, with `$reset` as a wall; on a device of more than three users only the event's own.
CREATE OR REPLACE TEMP TABLE person AS
WITH linked AS (
    SELECT visitor, count(DISTINCT user_id) > 3 AS shared
    FROM events SEMI JOIN (SELECT visitor FROM known WHERE tangled) USING (visitor)
    GROUP BY visitor
), walled AS (
    SELECT e.seq, e.visitor, e.user_id, e.t, e.page_seq, e.id, l.shared,
        sum(CASE WHEN e.name = '$reset' THEN 1 ELSE 0 END)
            OVER (PARTITION BY e.visitor ORDER BY e.t, e.page_seq, e.id ROWS UNBOUNDED PRECEDING)
            - CASE WHEN e.name = '$reset' THEN 1 ELSE 0 END AS room
    FROM events e JOIN linked l USING (visitor)
)
SELECT seq, coalesce(
    user_id,
    CASE WHEN NOT shared THEN last_value(user_id IGNORE NULLS) OVER (
        PARTITION BY visitor, room ORDER BY t, page_seq, id ROWS UNBOUNDED PRECEDING) END,
    CASE WHEN NOT shared THEN first_value(user_id IGNORE NULLS) OVER (
        PARTITION BY visitor, room ORDER BY t, page_seq, id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) END,
    'anon:' || visitor
) AS person
FROM walled
