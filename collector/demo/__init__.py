"""A demo: a small shop to walk through, seeded traffic of ninety days, and the truth to hold the reports
against.

`shop.make_shop` is the shop's web application, `traffic.simulate` the traffic and its truth, `comparison`
the truth beside the reports. The way down: comparison → traffic → truth, people, visit → delivery, campaigns →
audience, catalogue.
"""
