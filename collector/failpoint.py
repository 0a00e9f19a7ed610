"""Named places where a test may let the process die, to prove that dying there loses nothing.

`BALISE_CRASH_AT=seal_renamed` kills the process with SIGKILL at that step, `seal_renamed:3` the third time it gets
there; unset, it costs one look at a constant.
"""

from __future__ import annotations

import os
import signal
from itertools import count

_CRASH_AT, _, _TIMES = os.environ.get("BALISE_CRASH_AT", "").partition(":")
_times = count(1)


def reached(step: str) -> None:
    """Die here if this is the step, and the time."""
    if step == _CRASH_AT and next(_times) == int(_TIMES or 1):
        os.kill(os.getpid(), signal.SIGKILL)
