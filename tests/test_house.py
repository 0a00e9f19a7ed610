"""The house keeps its own rules: sizes, names, papers that match the code, a start without the dev tools."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from collector import __version__
from collector.cli import ROOMS, balise
from collector.settings import sections

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SOURCES = sorted(path for folder in ("collector", "js/src", "tests") for path in (ROOT / folder).rglob("*.[pj][ys]"))
FORBIDDEN = {"utils", "common", "helpers", "base", "manager", "service", "misc", "lib"}


def test_no_file_is_longer_than_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): n for path in SOURCES if (n := len(path.read_text("utf-8").splitlines())) > 400
    }
    assert long == {}


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [path for path in SOURCES if path.stem in FORBIDDEN or path.parent.name in FORBIDDEN] == []


def test_the_version_is_the_newest_of_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\d+\.\d+\.\d+)", changelog, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert newest is not None
    assert newest[1] == project["version"] == __version__


def commands(group: click.Group, path: str = "balise") -> list[str]:
    found = []
    for name, command in group.commands.items():
        found += commands(command, f"{path} {name}") if isinstance(command, click.Group) else [f"{path} {name}"]
    return found


def every_command() -> list[str]:
    for name in ROOMS:
        balise.get_command(click.Context(balise), name)
    return commands(balise)


@pytest.mark.parametrize("command", every_command())
def test_the_readme_names_every_command(command: str) -> None:
    group, _, last = command.rpartition(" ")
    assert f"`{command}" in README or (f"`{group} " in README and f"`{last}`" in README)


@pytest.mark.parametrize("command", every_command())
def test_every_command_tells_what_it_does_in_80_columns(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "collector", *command.split()[1:], "--help"], capture_output=True, text=True, check=True
    )
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert len(done.stdout.splitlines()) > 3


def test_the_readme_names_every_route() -> None:
    from collector.web.application import routes  # noqa: PLC0415

    told = README.replace("`GET /m/s.js`", "/m/{file}").replace("`GET /` and `/static/…`", "`/` /static/{file}")
    paths = [route.path for route in routes(_Web(), "/m")]  # type: ignore[arg-type]
    assert [path for path in paths if path not in told] == []


class _Web:
    """Stands for the endpoints, which are not called here."""

    def __getattr__(self, name: str) -> object:
        rooms = (
            "reports",
            "short",
            "toolkit",
            "links",
            "pages",
            "live",
            "entrance",
            "access",
            "shared",
            "saving",
            "settings",
            "tools",
            "views",
            "linking",
        )
        return _Web() if name in rooms else lambda *_: lambda request: request


def test_the_shipped_settings_name_every_option() -> None:
    text = (ROOT / "config" / "balise.toml").read_text(encoding="utf-8")
    options = [option for kind in sections().values() for option in kind.__struct_fields__]
    assert [option for option in options if not re.search(rf"^{option} = ", text, re.MULTILINE)] == []


def test_it_starts_without_the_dev_tools() -> None:
    """Modules that only the dev lock holds are out of reach; the command and every room still import."""
    run, dev = (
        {re.split("==", line)[0].strip() for line in (ROOT / name).read_text("utf-8").splitlines() if "==" in line}
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    blocked = {name.replace("-", "_") for name in dev - run} | {
        "chdb",
        "playwright",
        "pandas",
        "pyarrow",
        "httpx2",
        "segno",
        "openpyxl",
    }
    code = (
        "import sys, pkgutil, importlib\n"
        f"blocked = {blocked!r}\n"
        "class Wall:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in blocked: raise ModuleNotFoundError(f'{name} is a dev tool')\n"
        "sys.meta_path.insert(0, Wall())\n"
        "import collector\n"
        "for module in pkgutil.walk_packages(collector.__path__, 'collector.'):\n"
        "    if not module.name.endswith('__main__'): importlib.import_module(module.name)\n"
        "from collector.cli import main\n"
        "sys.argv = ['balise', '--help']\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Commands:" in done.stdout


def test_the_locks_pin_everything_with_hashes_and_name_no_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert text.count("==") >= 20
        assert all(" \\" in line for line in text.splitlines() if "==" in line)
        assert "://" not in text
