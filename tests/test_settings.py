"""Settings: the file and the environment say the same, and a typing error is told with the nearest known key."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from collector.settings import Settings, SettingsError, load

DEFAULTS = Path(__file__).parent.parent / "config" / "balise.toml"


def test_the_shipped_file_holds_every_option_at_its_default() -> None:
    written = tomllib.loads(DEFAULTS.read_text(encoding="utf-8"))
    assert written == msgspec.json.decode(msgspec.json.encode(Settings()))
    assert load(DEFAULTS, {}) == Settings()


def test_every_option_of_the_shipped_file_has_one_comment() -> None:
    options = [line for line in DEFAULTS.read_text(encoding="utf-8").splitlines() if " = " in line and line[0] != "#"]
    assert [line for line in options if line.count("# ") != 1] == []


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "b.toml"
    file.write_text("[server]\nport = 1\nhost = '0.0.0.0'\n")
    found = load(file, {"BALISE_SERVER_PORT": "9000", "BALISE_SERVER_TRUSTED_PROXIES": '["10.0.0.0/8"]', "HOME": "/"})
    assert (found.server.port, found.server.host, found.server.trusted_proxies) == (9000, "0.0.0.0", ("10.0.0.0/8",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server]\nprot = 1", "unknown option server.prot; the nearest known one is port"),
        ("[sever]\nport = 1", "unknown section [sever]; the nearest known one is server"),
        ("[server]\nport = 'x'", "server.port: expected `int`, got `str`"),
        ("[reports]\nmemory_mb = 63", "reports.memory_mb: expected `int` >= 64"),
        ("[server]\nport = 70000", "server.port: expected `int` <= 65535"),
        ("[server]\ntrusted_proxies = ['nonsense']", "server: trusted_proxies holds addresses or networks"),
        ("server = 3", "server: expected a section [server]"),
        ("[server\n", "is not TOML"),
    ],
)
def test_a_wrong_option_is_told_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "b.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as error:
        load(file, {})
    assert said in str(error.value)


def test_an_unknown_environment_variable_is_an_error_too() -> None:
    with pytest.raises(SettingsError, match="BALISE_SERVER_PROT; the nearest known one is BALISE_SERVER_PORT"):
        load(None, {"BALISE_SERVER_PROT": "1"})


@pytest.mark.parametrize("service", ["BALISE", "BALISE_WEB", "BALISE_SERVER"])
def test_what_an_orchestrator_says_of_a_service_with_our_name_is_not_ours(service: str) -> None:
    """The variables that Kubernetes makes of a service, one port of it named; `BALISE_SERVER_PORT` is an option too."""
    said = {
        "SERVICE_HOST": "10.0.0.11", "SERVICE_PORT": "8787", "SERVICE_PORT_HTTP_WEB": "8787",
        "PORT": "tcp://10.0.0.11:8787", "PORT_8787_TCP": "tcp://10.0.0.11:8787", "PORT_8787_TCP_PROTO": "tcp",
        "PORT_8787_TCP_PORT": "8787", "PORT_8787_TCP_ADDR": "10.0.0.11", "PORT_53_UDP": "udp://10.0.0.11:53",
    }  # fmt: skip
    assert load(None, {f"{service}_{name}": text for name, text in said.items()}) == Settings()


def test_an_option_that_looks_like_a_service_is_still_told() -> None:
    with pytest.raises(SettingsError, match=r"server\.port: expected"):
        load(None, {"BALISE_SERVER_PORT": "10.0.0.1:80"})
    with pytest.raises(SettingsError, match="unknown environment variable BALISE_SERVICE_HOSTS"):
        load(None, {"BALISE_SERVICE_HOSTS": "10.0.0.11"})


def test_memory_that_was_enough_once_is_raised_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A server that an upgrade keeps from starting, for a number that was allowed, collects nothing."""
    file = tmp_path / "b.toml"
    file.write_text("[reports]\nmemory_mb = 64\nthreads = 2\n")
    found = load(file, {}).reports
    assert (found.memory_mb, found.threads) == (128, 2)
    assert caplog.messages == ["reports.memory_mb: 64 is too little, 128 is taken"]
    assert load(None, {"BALISE_REPORTS_MEMORY_MB": "128"}).reports.memory_mb == 128
    assert len(caplog.messages) == 1


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load(tmp_path / "nowhere.toml", {})
