SELECT coalesce(sum(events), 0)::BIGINT AS events, min("first") AS start, max("last") AS stop,
    coalesce(sum(consented), 0)::BIGINT AS consented, coalesce(sum(page_views), 0)::BIGINT AS page_views,
    coalesce(sum(purchases), 0)::BIGINT AS purchases
FROM tally
