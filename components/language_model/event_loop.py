"""The event loop that thousands of calls share: ended by a signal, and quick."""

import asyncio
import gc
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any


def run_calls(work: Coroutine[Any, Any, None]) -> None:
    """Does work to its end.

    Raises:
        KeyboardInterrupt: Ctrl-C or SIGTERM has ended it.
    """
    with _rare_collections():
        interrupted = asyncio.run(_is_interrupted(work))
    if interrupted:
        raise KeyboardInterrupt


async def _is_interrupted(work: Coroutine[Any, Any, None]) -> bool:
    """Does work; whether Ctrl-C or SIGTERM has ended it."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    before = signal.getsignal(signal.SIGTERM)
    # An exception from a handler of Python's would end whatever coroutine it meets.
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await work
    except asyncio.CancelledError:
        return True
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, before)
    return False


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Looks for garbage in cycles rarely; otherwise that takes a fifth of the time of a call."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
