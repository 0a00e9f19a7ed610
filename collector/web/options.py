"""What an operator can set of the server. Caps are generous for a browser and small for an attacker."""

from __future__ import annotations

import ipaddress
from typing import Annotated

import msgspec
from msgspec import Meta


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Section [server]. Sizes are bytes, times seconds, rates per second."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8787
    prefix: Annotated[str, Meta(pattern=r"^(/[A-Za-z0-9_-]+)+$")] = "/m"
    trusted_proxies: tuple[str, ...] = ()
    country_header: str = ""
    body_bytes: Annotated[int, Meta(ge=1_024, le=16_777_216)] = 65_536
    server_body_bytes: Annotated[int, Meta(ge=1_024, le=16_777_216)] = 1_048_576
    body_seconds: Annotated[float, Meta(gt=0, le=120)] = 10.0
    header_bytes: Annotated[int, Meta(ge=4_096, le=1_048_576)] = 16_384
    header_seconds: Annotated[float, Meta(gt=0, le=120)] = 5.0
    address_rate: Annotated[float, Meta(gt=0)] = 20.0
    address_burst: Annotated[int, Meta(gt=0)] = 100
    site_rate: Annotated[float, Meta(gt=0)] = 1_000.0
    stop_seconds: Annotated[int, Meta(gt=0, le=60)] = 8
    free_mb: Annotated[int, Meta(ge=0)] = 64
    salt_folder: str = "/dev/shm"  # noqa: S108  what is wanted is just this: memory that outlives the process

    def __post_init__(self) -> None:
        for proxy in self.trusted_proxies:
            try:
                ipaddress.ip_network(proxy)
            except ValueError:
                raise ValueError(
                    f"trusted_proxies holds addresses or networks such as 10.0.0.0/8, not {proxy!r}"
                ) from None

    def origin(self, port: int | None = None) -> str:
        """Where it listens, as a browser writes it; at another `port` than the one asked for, if it got another."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port if port is None else port}"
