"""A pod's stop, handed on to the stage."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import psutil
from dvc.stage.run import get_executable

SECONDS_BETWEEN_LOOKS = 0.1


@contextlib.contextmanager
def forwarded() -> Iterator[None]:
    """While the block runs a stage, SIGTERM reaches the stage as an interruption.

    DVC ignores SIGINT while a stage's command runs and then reports how it ended, as it does for
    Ctrl-C; so the stage gets SIGINT, saves what it needs to go on, and the pod goes on to keep it.
    A stage that starts after the stop gets it too; one that is over is kept.

    The shell that DVC starts a command with does not get it: some shells fork (dash does, bash does
    not for one command), and one that died before its command would end the stage in its stead.

    Whoever started the pod may ignore SIGINT, as a shell does for what runs in the background: the
    stage does not inherit that.
    """
    asked, over = threading.Event(), threading.Event()

    def note(_signal: int, _frame: FrameType | None) -> None:
        asked.set()

    watcher = threading.Thread(target=_interrupt_children, args=(asked, over), daemon=True)
    before = signal.signal(signal.SIGTERM, note)
    before_interrupt = signal.signal(signal.SIGINT, signal.default_int_handler)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        asked.set()
        watcher.join()
        signal.signal(signal.SIGINT, before_interrupt)
        signal.signal(signal.SIGTERM, before)


def _interrupt_children(asked: threading.Event, over: threading.Event) -> None:
    """Interrupts each process of the stage once, from the stop to the end of the block."""
    asked.wait()
    told: set[int] = set()
    pod = psutil.Process()
    while not over.wait(SECONDS_BETWEEN_LOOKS):
        for child in pod.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if child.pid not in told and _is_of_the_stage(child, pod):
                    child.send_signal(signal.SIGINT)
                    told.add(child.pid)


def _is_of_the_stage(child: psutil.Process, pod: psutil.Process) -> bool:
    """Whether it is neither DVC's shell nor a copy of the pod that has yet to become a program."""
    command = child.cmdline()
    return command[:1] != [get_executable()] and command != pod.cmdline()
