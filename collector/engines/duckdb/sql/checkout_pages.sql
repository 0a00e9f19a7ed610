-- Pages that a cart or a checkout is made of, by what their paths say, those of most sessions first. A language in front
-- (/fr/cart, /en-GB/cart) is any.
WITH viewed AS (
    SELECT regexp_replace(e.path, '^/[a-z]{2}(-[A-Za-z]{2})?/', '/*/') AS path, e.number
    FROM sessioned e JOIN session s USING (number)
    WHERE e.name = 'page_view' AND NOT contains(e.path, '*') AND s.start >= $from AND s.start < $to AND {asked}
        AND regexp_matches(lower(e.path),
            '(^|[/_-])(cart|basket|panier|warenkorb|checkout|caisse|kasse|commande|order|livraison|shipping|paiement|payment)([/_.-]|$)')
        AND NOT regexp_matches(lower(e.path), 'thank|merci|danke|confirm|success|complete|history|account|compte')
), counted AS (SELECT path, count(DISTINCT number) AS sessions FROM viewed GROUP BY path)
SELECT path FROM counted WHERE sessions * 20 >= (SELECT max(sessions) FROM counted)
ORDER BY sessions DESC, path LIMIT 8
