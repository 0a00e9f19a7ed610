"""POST /sites/{site}/funnels/save: the funnel of a view under a name, by a form, and back to the page that shows it."""

from __future__ import annotations

import time
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from collector.pages import builder
from collector.pages.filters import read
from collector.web.ask import Reports
from collector.web.asked import AskedError
from collector.web.guard import form


class Saving:
    """Keeps funnels that were made on the page."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    async def save(self, request: Request) -> Response:
        """Fields: `query`, the view's own address, and `name`. A name that cannot be is said beside its field."""
        site = request.path_params["site"]
        fields = await form(request)
        name, query = fields.get("name", "").strip(), fields.get("query", "")
        filters, _ = read(site, "UTC", int(time.time() * 1000), parse_qsl(query), builder.OWN)
        asked = builder.form(filters)
        if not asked.steps or asked.faults:
            raise AskedError(400, "steps", "query: expected the address of a funnel with steps", "query")
        page = f"{request.scope.get('root_path', '')}/sites/{quote(site)}/funnels"
        if builder.misnamed(name):
            kept = filters._replace(own=(*(pair for pair in filters.own if pair[0] != "name"), ("name", name)))
            return RedirectResponse(f"{page}?{kept.query()}#save", 303)
        await self._reports.keep(site, name, builder.kept(asked))
        opened = filters._replace(own=(("saved", name),))
        return RedirectResponse(f"{page}?{opened.query()}", 303)
