-- How many visitors a row group of the events in order holds at most, or visits but one if these are more.
SELECT greatest(max(visitors) + CASE WHEN count(*) > 1 THEN 1 ELSE 0 END, max(visits) - 1)
FROM (
    SELECT count(*) AS visitors, sum(visits) AS visits
    FROM (
        SELECT visits, sum(events) OVER (ORDER BY site, visitor) // {group} AS place
        FROM (SELECT site, visitor, count(*) AS events, count(DISTINCT visit) AS visits FROM loaded GROUP BY site, visitor)
    ) GROUP BY place
)
