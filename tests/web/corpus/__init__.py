"""Bad inputs as data, each with the answer it must get.

    case      a case, and how it is compared
    shapes    JSON that is none, or of another shape        fields    each field, each wrong type, each cap
    texts     encodings, control characters, injections     places    addresses of pages
    moments   times and ids                                 heads     methods, content types, origins

Every case is one request. A case about one event stands between two good ones: they must be kept whatever it is.
"""

from __future__ import annotations

import itertools

from tests.web.corpus import fields, heads, moments, places, shapes, texts
from tests.web.corpus.case import Case


def every() -> dict[str, list[Case]]:
    """All cases by class. Ids and times are made anew at each call."""
    rooms = (shapes, fields, texts, places, moments, heads)
    return dict(itertools.chain.from_iterable(room.classes().items() for room in rooms))
