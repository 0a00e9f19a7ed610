"""HTTP only; no rule is decided here.

application  every route, and what wires them
protocol   limits below ASGI             limits    addresses behind proxies, token buckets
collect    POST /m/e, POST /m/forget     snippet   the built files, their hashes, the tags
ask        the reports API               guard     who may ask
doors      what each route asks          login     signing in; how that looks: entrance
access     /api/users, tokens, shares
short      GET /l/{code}                 language  what a browser asks for
openapi    what the API offers           toolkit   /api/utm/…
links      /api/links…                   asked     bodies of requests
optout     the page on which visitors object          pages     the dashboard
recent     answers of the last seconds   pages_shared  GET /share/{code}
pages_saved  the form that saves a funnel      pages_settings  the forms of Settings
household  what Settings shows of who may ask   pages_desk  the forms of the other pages
views      /api/sites/{site}/views
pages_links  /sites/{site}/links and its forms
upload     forms with a file
live       GET /sites/{site}/live/stream  deadline  one timer for many short waits
presence   work ends when whoever asked has gone
gone.html  what a short link says that leads nowhere
options    what an operator can set      static/   built and committed files
"""
