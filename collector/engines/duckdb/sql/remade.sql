-- The sessions that are more than one visit: those of `moved`.
CREATE OR REPLACE TEMP TABLE remade AS
SELECT m.number, any_value(visitor_key) AS visitor_key, min(start) AS start, max(stop) AS stop,
    sum(events)::INTEGER AS events, sum(pageviews)::INTEGER AS pageviews, sum(purchases)::INTEGER AS purchases,
    sum(consented)::INTEGER AS consented, arg_min(first_seq, start) AS first_seq
FROM visit v JOIN moved m USING (visit)
GROUP BY m.number
