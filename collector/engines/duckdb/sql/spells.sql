SELECT md5_number_lower(visitor) AS visitor_key, t AS begun, t AS stop, CASE WHEN told THEN visitor END AS device, users,
    reset, unnamed
FROM moment
