"""The UTM toolkit: reads, explains, builds and checks campaign links. Standard library only, liftable alone.

registry     every parameter family and click id the toolkit knows (`registry.toml`)
query        raw query → `Tags`: the reader every collected event goes through
sources      referrer host and path → who it is (`sources.toml`)
channel      the rule sets `ga4` (with Google's own list, `ga4.toml`), `plausible`, `matomo`, or a team's own
touch        tags and referrer → source, medium, campaign, channel
landing      a whole address and its referrer, read with explanations
destination  what an address must not be, and what hides behind a redirection
macros       the placeholders that platforms fill in (`macros.toml`)
personal     personal data by its looks
link         building and stripping links, byte for byte
template     naming templates that build a name and read it back
dictionary   the names a team agreed on, and what other spellings mean
lint         thirty-two rules (`lint.toml`): `faults` of the link itself, `evidence` from around it, on a `subject`
documents     links in web pages, mail templates, Markdown, CSV, sitemaps: found, checked, corrected in place
mail         the pages and texts of a mail, whatever it is wrapped in
encoding     how a file's bytes are written
sarif        findings in the form that code hosts show
telling      what was found, as objects of plain values
sentences    what is said to people, in English and French (`sentences.toml`)

Nothing here asks the network or the clock; the only files read are the room's own tables.
"""

from .channel import RULE_SETS, RuleSet
from .dictionary import Dictionary, read_dictionary
from .landing import Parsed, Referrer, parse, verdict
from .link import Link, Options, build, strip
from .lint import Finding, check, corrected
from .query import EMPTY_TAGS, Tags, reader, tags
from .sentences import BuildError, Notice
from .subject import Context
from .template import Template
from .touch import Touch, classify

__all__ = [
    "EMPTY_TAGS",
    "RULE_SETS",
    "BuildError",
    "Context",
    "Dictionary",
    "Finding",
    "Link",
    "Notice",
    "Options",
    "Parsed",
    "Referrer",
    "RuleSet",
    "Tags",
    "Template",
    "Touch",
    "build",
    "check",
    "classify",
    "corrected",
    "parse",
    "read_dictionary",
    "reader",
    "strip",
    "tags",
    "verdict",
]
