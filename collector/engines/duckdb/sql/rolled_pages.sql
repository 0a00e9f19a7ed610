-- As `pages`; visitors are told apart for the pages that are listed only.
WITH counted AS (
    SELECT code, sum(views)::BIGINT AS views FROM asked_viewed WHERE slot >= $first_slot AND slot < $last_slot GROUP BY code
), most AS (
    SELECT path, code, views FROM counted JOIN rollup.path USING (code) ORDER BY views DESC, path LIMIT $limit
), seen AS (
    SELECT code, count(DISTINCT who) AS visitors
    FROM asked_viewed SEMI JOIN most USING (code) JOIN owner USING (visit)
    WHERE slot >= $first_slot AND slot < $last_slot GROUP BY code
), entries AS (
    SELECT entry AS path, count(*) AS entrances, count(*) FILTER (bounced) AS bounces, count(*) FILTER (engaged) AS engaged
    FROM session WHERE start >= $from AND start < $to GROUP BY entry
), exits AS (
    SELECT exit AS path, count(*) AS exits FROM session WHERE start >= $from AND start < $to GROUP BY exit
)
SELECT path, views, visitors, coalesce(entrances, 0) AS entrances, coalesce(exits, 0) AS exits,
    bounces / nullif(entrances, 0) AS bounce_rate, engaged / nullif(entrances, 0) AS engagement_rate
FROM most JOIN seen USING (code) LEFT JOIN entries USING (path) LEFT JOIN exits USING (path)
ORDER BY views DESC, path
