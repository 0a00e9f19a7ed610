"""Named places where a test may let the process die, to prove that dying there loses nothing.

`BALISE_CRASH_AT=seal_renamed` kills the process with SIGKILL at that step; unset, it costs one look at a constant.
"""

from __future__ import annotations

import os
import signal

_CRASH_AT = os.environ.get("BALISE_CRASH_AT", "")


def reached(step: str) -> None:
    """Die here if this is the step."""
    if step == _CRASH_AT:
        os.kill(os.getpid(), signal.SIGKILL)
