-- Times in which a device was silent for less than the session timeout, with the users it named (in order) and how many
-- events came before that: sealed visits (`spells_sealed.sql`), and of the tail the moments (`spells.sql`), which are no longer
-- than that. `unnamed` is null where it cannot be told, and the device where nobody was named. The tail is read once.
CREATE OR REPLACE TEMP TABLE moment AS
SELECT visitor, t, count(user_id) > 0 OR bool_or(name = '$reset') AS told,
    list_sort(list(DISTINCT user_id) FILTER (user_id IS NOT NULL)) AS users, bool_or(name = '$reset') AS reset,
    CASE WHEN bool_or(name = '$reset') THEN NULL WHEN count(user_id) = 0 THEN count(*)
        WHEN count(user_id) = count(*) THEN 0 END AS unnamed
FROM loaded WHERE {seen} GROUP BY visitor, t
