"""`python -m tests.run_cases FILE…`: run case tables; exit 1 on any FAIL."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.cases.running import Verdict, verdict


def main(files: list[str]) -> int:
    """Print one line a case and the closing line. A file that cannot be read ends all."""
    counts: Counter[str] = Counter()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="cases-", dir=memory) as root:
        for number, case in enumerate(case for file in files for case in _cases(file)):
            found = _run(case, Path(root) / str(number))
            counts[found.state] += 1
            print(f"{found.state} {found.name}" + (f": {found.why}" if found.why else ""), flush=True)
    print(f"{counts['ok']} passed, {counts['FAIL']} failed, {counts['skip']} skipped")
    return 1 if counts["FAIL"] else 0


def _cases(file: str) -> list[dict[str, object]]:
    """The cases of a file: a list of them, or one alone."""
    try:
        read = json.loads(Path(file).read_bytes())
    except (OSError, ValueError) as error:
        sys.exit(f"{file}: {error}")
    listed = read if isinstance(read, list) else [read]
    return [{"id": f"{Path(file).stem} {n}"} | case for n, case in enumerate(listed, 1)]


def _run(case: dict[str, object], folder: Path) -> Verdict:
    try:
        return asyncio.run(verdict(case, folder))
    except Exception as error:  # a case that breaks the program fails; the others still run
        return Verdict(str(case.get("id")), "FAIL", f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python -m tests.run_cases FILE…")
    sys.exit(main(sys.argv[1:]))
