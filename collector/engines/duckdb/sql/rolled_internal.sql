SELECT coalesce(sum(n), 0)::BIGINT AS n FROM flagged WHERE kind = 'internal' AND slot >= $first_slot AND slot < $last_slot
