"""The threads that help to evaluate: one pool for the process, made when it is first needed."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

_MOST = 1024  # threads are made as they are needed, and kept

_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None


def pool() -> ThreadPoolExecutor:
    """The pool, with room for whatever is asked of it."""
    global _pool
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(_MOST, thread_name_prefix="centraldiff")
        return _pool


def _forget() -> None:
    """A child process has none of its parent's threads, and the lock may have been held."""
    global _pool, _lock
    _lock = threading.Lock()
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
