-- Anonymous events given to an earlier user after the device had been silent for a session's timeout: nobody can know.
-- Of some devices in the table `known`; on those of more than three users only an event's own user counts.
CREATE OR REPLACE TEMP TABLE guess AS
WITH walled AS (
    SELECT e.seq, e.name, e.visitor, e.user_id, e.t, e.page_seq, e.id,
        sum(CASE WHEN e.name = '$reset' THEN 1 ELSE 0 END)
            OVER (PARTITION BY e.visitor ORDER BY e.t, e.page_seq, e.id ROWS UNBOUNDED PRECEDING)
            - CASE WHEN e.name = '$reset' THEN 1 ELSE 0 END AS room
    FROM events e SEMI JOIN ({among}) USING (visitor)
), placed AS (
    SELECT seq, name, t, user_id, visitor, room, row_number() OVER told AS place, t - lag(t) OVER told >= $silence AS quiet
    FROM walled WINDOW told AS (PARTITION BY visitor, room ORDER BY t, page_seq, id)
), since AS (
    SELECT seq, name, t, user_id, max(CASE WHEN user_id IS NOT NULL THEN place END) OVER before AS named,
        max(CASE WHEN quiet THEN place END) OVER before AS silent
    FROM placed WINDOW before AS (PARTITION BY visitor, room ORDER BY place ROWS UNBOUNDED PRECEDING)
)
SELECT seq, name, t FROM since WHERE user_id IS NULL AND silent > named
