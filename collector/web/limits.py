"""Who sends, and how much: the address behind trusted proxies, and token buckets. Memory only.

A sender on the machine itself (loopback, no trusted proxy in between) is not limited: it is the operator's own tool.
A proxy on the same machine must therefore be named in `trusted_proxies`, or its visitors share that exemption.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

MAX_BUCKETS = 100_000  # the least recently seen go first
_V6_PREFIX = 64  # one customer's network; an address of it costs nothing to change


class Proxies:
    """The hops whose word is taken for where a request came from."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = [ipaddress.ip_network(network) for network in networks]
        self.trusts = lru_cache(maxsize=1_024)(self._trusts)

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        parsed = getattr(parsed, "ipv4_mapped", None) or parsed
        return any(parsed in network for network in self._networks)

    def sender(self, peer: str, headers: Mapping[bytes, bytes]) -> str:
        """The address nearest to us that no trusted hop has; "unknown" if a trusted hop names something else."""
        if not self._networks or not self.trusts(peer):
            return peer
        for hop in reversed(headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")):
            if not hop.strip():
                return peer
            if not self.trusts(address := _address(hop.strip())):
                return address
        return peer


class Buckets:
    """Token buckets by key: `rate` a second, `burst` at once. Keys are addresses (IPv6 by /64) or sites."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """Take a token: 0, or the seconds until there is one."""
        now = self._clock()
        tokens, since = self._buckets.pop(key, (self._burst, now))
        tokens = min(self._burst, tokens + max(0.0, now - since) * self._rate)
        taken = tokens >= 1
        self._buckets[key] = (tokens - taken, now)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        return 0.0 if taken else (1 - tokens) / self._rate

    def give_back(self, key: str) -> None:
        """A token that was taken is not to count."""
        if key in self._buckets:
            tokens, since = self._buckets[key]
            self._buckets[key] = min(self._burst, tokens + 1), since


@lru_cache(maxsize=4_096)
def network(address: str) -> str | None:
    """The key of an address: itself for IPv4, its /64 for IPv6; None for the machine itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    if parsed.is_loopback:
        return None
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _V6_PREFIX), strict=False))


def _address(text: str) -> str:
    """An address as a proxy writes it, with a port or without; "unknown" if it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return "unknown"
