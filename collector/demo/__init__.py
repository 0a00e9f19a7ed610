"""A demo: a small shop to walk through, seeded traffic of ninety days, and the truth to hold the reports
against.

`shop.make_shop` is the shop's web application, `traffic.simulate` the traffic and its truth, `truth.compare`
and `truth.table` the comparison. The way down: traffic → truth, people, visit → delivery, campaigns →
audience, catalogue.
"""
