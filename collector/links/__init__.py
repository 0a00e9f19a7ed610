"""Links that are issued: what may become one, where its short address leads, and who clicked.

target      where a link may lead, looked at when it is issued and again at every click
order       what somebody asks for → a draft for the registry, or every fault of it
click       a person, a repeat, a preview or a program
listing     issued links as they are shown
remark      what is said to people, in English and French (`remarks.toml`)
"""

from __future__ import annotations

from collector.links.order import Desk, Fault, Made, Order, Refused, draft
from collector.links.target import Options, Places

__all__ = ["Desk", "Fault", "Made", "Options", "Order", "Places", "Refused", "draft"]
