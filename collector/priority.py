"""Work that yields: at the lowest priority of its own thread, so that collecting goes first on a busy machine."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
_LOWEST = 19


def yielding(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run it in a thread of its own that steps back for every other; returns what it returns, raises what it raises.

    On Linux a thread has its own priority and its children inherit it; elsewhere the work runs as it is.
    """
    outcome: list[_T] = []
    failure: list[BaseException] = []

    def run() -> None:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST)
        try:
            outcome.append(work(*args, **kwargs))
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run, name="yielding", daemon=True)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]
