"""Balise: the map of the house.

    browser  js/ snippet ── nothing read, stored or sent before consent ──▶ POST /m/e
      web.collect    Hit ─ intake.admit ─▶ Event | Drop(reason)         pure: consent, validate, minimise
      journal        keep(events) ─ bounded queue ─ one transaction a round ─▶ every waiter released
      ◀─ 202: committed to the disk under the event's id
      follower       seals the log's tail into columnar segments: events and their visits    engines.duckdb, enrich
      question ─▶ engines.duckdb over segments + tail ─▶ reports.Answer ─▶ JSON · CSV · table · page

The law:

1. The log (`journal`, one SQLite file, one connection that writes) is the truth. A 2xx means: committed with
   `synchronous=FULL`. Segments and reports follow it and can be made anew from it (`balise rebuild`).
2. Consent first: what may not be kept is not decoded further, not logged, not counted but as a number with a reason.
3. Two types: a `Hit` may hold an address, a user agent, a full URL; an `Event` has no field that could.
4. A drop is a value with a reason: received = accepted + duplicate + dropped{reason} + refused{reason}, always.
5. Reports are functions of the set of events: any order, any batches, any repeats, any restart, the same answer.
6. Pure inside, I/O at the edge: utm, charts, event, enrich, sessions, identity, intake and reports know no server, no
   database, no clock.

The rooms, from the bottom up; imports only go down (a test sees to it):

    charts     numbers drawn as SVG; they know nothing of what they show
    utm        links: parameters, sources, channels, building, checking; standard library only
    dictionary the names a team agreed on, in their file
    event      the nouns: Hit, Event, Drop, Site
    intake     may it be looked at, is it sound, what may be kept of it
    enrich     a kept event under today's dictionary: touch, channel, session tag
    sessions   where a visitor's next event starts a session
    identity   which events belong to one person
    reports    questions, the funnel's kernel, statistics, answers; no engine in here
    journal    the log, its books, its checks; the data folder
    salts      who it is for a day, where no id may be used
    engines    where questions are answered and segments written; a server keeps rollups of them in memory
    follower   the one background loop; it and the reports run at low `priority`, and die where a `failpoint` says so
    access     who may ask: accounts, sessions of the pages, tokens, shared pages
    control    commands that write, beside a running server
    saved      funnels under a name, from a file and from the log
    links      what may become an issued link, where its short address leads, who clicked
    importing  a file's rows into the log
    pages      what the dashboard shows: answers drawn as HTML, in two languages
    web        HTTP only
    settings   every room's options composed
    app        the only wiring: opens journal → follower → server, closes in reverse
    cli        the command `balise`
    demo       a shop, its traffic, and the truth about it
"""

from __future__ import annotations

__version__ = "0.1.0"
