"""The event loop that thousands of calls share: ended by a signal, and quick."""

import asyncio
import gc
import signal
from collections.abc import Coroutine
from typing import Any


def run_calls(work: Coroutine[Any, Any, None]) -> None:
    """Does work to its end.

    Raises:
        KeyboardInterrupt: Ctrl-C or SIGTERM has ended it.
    """
    threshold = gc.get_threshold()
    # Garbage in cycles is looked for rarely: otherwise that takes a fifth of the time of a call.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    try:
        asyncio.run(_ended_by_sigterm(work))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        gc.set_threshold(*threshold)
        gc.unfreeze()


async def _ended_by_sigterm(work: Coroutine[Any, Any, None]) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    before = signal.getsignal(signal.SIGTERM)
    # An exception from a handler of Python's would end whatever coroutine it meets.
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await work
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, before)
