"""Links that are issued: what may become one, where its short address leads, and who clicked.

target      where a link may lead, looked at when it is issued and again at every click
order       what somebody asks for → a draft for the registry, or every fault of it
click       a person, a repeat, a preview or a program
sheet       rows of a CSV or XLSX sheet, however hostile
bulk        a sheet into the registry, or a rehearsal of it
workbook    the template and the results as XLSX
qr          QR codes
listing     issued links as they are shown
remark      what is said to people, in English and French (`remarks.toml`)
"""

from __future__ import annotations

from collector.links.order import Desk, Fault, Made, Order, Refused, draft
from collector.links.target import Options, Places

__all__ = ["Desk", "Fault", "Made", "Options", "Order", "Places", "Refused", "draft"]
