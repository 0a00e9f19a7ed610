-- Events of the visits $first ≤ visit < $stop in the order of their arrival, as rows of the log: id (16 bytes), body.
-- A visit's traits are hashes of its number, so that the same range gives the same rows.
WITH visit AS (
    SELECT v,
        ($begin + (v * $span) // $visits)::BIGINT + roll(v, 0, 'start', 3600000) AS start,
        1 + least(39, floor(-ln((1 + roll(v, 0, 'length', 9999)) / 10000.0) * 5.4))::INTEGER AS events,
        roll(v, 0, 'visitor', greatest(1, $visits * 7 // 10)) AS visitor,
        roll(v, 0, 'pause', 50) = 0 AS pauses,
        roll(v, 0, 'tagged', 100) AS tagged,
        roll(v, 0, 'second', 50) = 0 AS retagged
    FROM range($first, $stop) AS numbers (v)
), walk AS (
    SELECT *,
        start + j * 25000 + roll(v, j, 'gap', 20000) + CASE WHEN pauses AND j > events // 2 THEN 2400000 ELSE 0 END AS t,
        roll(v, j, 'kind', 1000) AS kind,
        concat('p', roll(v, j // 2, 'product', 3000)) AS product,
        uuid_of(concat(v, ' ', j, ' event'), '7') AS digits
    FROM (SELECT *, unnest(range(events)) AS j FROM visit)
), named AS (
    SELECT *,
        t + 40 + roll(v, j, 'delay', 800) AS received,
        CASE WHEN j = 0 OR kind < 340 OR kind >= 760 THEN 'page_view'
            WHEN kind < 390 AND j > 1 THEN 'add_to_cart'
            WHEN kind < 420 AND j > 2 THEN 'page_view'
            WHEN kind < 440 AND j > 3 THEN 'purchase'
            WHEN kind < 650 THEN 'scroll' ELSE 'click' END AS name
    FROM walk
), placed AS (
    SELECT *,
        CASE WHEN kind < 340 OR name NOT IN ('page_view', 'purchase') THEN concat('/product/', product)
            WHEN name = 'purchase' OR kind < 420 AND j > 2 THEN '/checkout'
            WHEN kind < 850 THEN concat('/category/', roll(v, j, 'category', 120))
            WHEN kind < 920 THEN concat('/journal/', roll(v, j, 'article', 400))
            ELSE '/' END AS path,
        j = 0 AND tagged < 35 OR retagged AND j = 3 AS campaigned
    FROM named
)
SELECT
    unhex(concat(printf('%012x', t), replace(digits[15:], '-', ''))) AS id,
    encode(concat(
        '{"t":', t, ',"n":"', name, '","r":', received - t, ',"v":"', uuid_of(concat('visitor ', visitor), '4'), '"',
        CASE WHEN visitor % 33 = 0 AND j > 1 THEN concat(',"u":"', md5(concat('user ', visitor)), '"') END,
        ',"g":"', uuid_of(concat(v, ' ', j // 2, ' page'), '7'), '","q":', j % 2, ',"h":"shop.example","p":"', path, '"',
        CASE WHEN j > 0 THEN ',"rh":"shop.example","rp":"/"'
            WHEN roll(v, 0, 'referred', 10) < 6 THEN concat(',"rh":"', one(v, 0, 'host', [
                'www.google.com', 'www.google.fr', 'www.google.de', 'www.bing.com', 'duckduckgo.com', 'l.facebook.com',
                't.co', 'www.reddit.com', 'chatgpt.com', 'blog.example', 'news.example', 'forum.example']), '","rp":"/"') END,
        CASE WHEN campaigned THEN concat(
            ',"us":"', one(v, j, 'source', ['google', 'facebook', 'newsletter', 'bing', 'partner', 'instagram', 'tiktok']),
            '","um":"', one(v, j, 'medium', ['cpc', 'social', 'email', 'display', 'affiliate']),
            '","uc":"campaign-', roll(v, j, 'campaign', 200), '"', CASE WHEN tagged % 3 = 0 THEN ',"k":"gclid"' END) END,
        ',"b":"', one(visitor, 0, 'browser', ['Chrome', 'Safari', 'Firefox', 'Edge', 'Samsung Internet']),
        '","o":"', one(visitor, 0, 'system', ['Windows', 'iOS', 'Android', 'Mac OS X', 'Linux']),
        '","d":"', one(visitor, 0, 'device', ['desktop', 'mobile', 'mobile', 'tablet']),
        '","c":"', one(visitor, 0, 'country', ['FR', 'DE', 'BE', 'ES', 'IT', 'NL', 'GB', 'US', 'CH', 'CA']), '"',
        CASE name WHEN 'purchase' THEN concat(',"x":{"order":"o', v, '"},"a":"', 5 + kind % 200, '.90","m":"EUR"')
            WHEN 'add_to_cart' THEN concat(',"x":{"sku":"', product, '","quantity":', 1 + kind % 3, '}')
            WHEN 'scroll' THEN concat(',"x":{"depth":', 25 * (1 + kind % 4), '}')
            WHEN 'click' THEN concat(',"x":{"target":"', one(v, j, 'target', ['menu', 'search', 'size', 'photo']), '"}') END,
        ',"cr":"tcf","cp":"2026-09","ct":', t - start + 5000, '}'
    )) AS body
FROM placed
ORDER BY received, id
