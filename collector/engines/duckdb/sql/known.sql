-- The devices on which somebody was known. All events of a device that knew one user and no `$reset` are that user's;
-- the others are tangled: who theirs belong to has to be told one by one. More than three users share a device.
CREATE OR REPLACE TEMP TABLE known AS
SELECT visitor, min(user_id) AS person, min(user_id) <> max(user_id) OR count(reset) > 0 AS tangled,
    count(DISTINCT user_id) > 3 AS shared
FROM (SELECT visitor, user_id FROM events WHERE user_id IS NOT NULL)
LEFT JOIN (SELECT DISTINCT visitor, true AS reset FROM events WHERE name = '$reset') USING (visitor)
GROUP BY visitor
