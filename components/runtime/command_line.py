"""Runs a stage's function as a command line program."""

import atexit
import contextlib
import errno
import inspect
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from types import FrameType
from typing import NoReturn

import psutil
import tyro

from components.runtime.errors import InputError

DISK_FULL = os.strerror(errno.ENOSPC)
NO_MEMORY = ("can't allocate memory", "out of memory")  # PyTorch's words, on CPUs and GPUs
BROKEN_PIPE = 141  # 128 + SIGPIPE
POLL_SECONDS = 0.5
INTERRUPTED = 130  # 128 + SIGINT, the shells' convention


def run(
    stage: str | Callable[..., None] | dict[str, Callable[..., None]],
    *,
    arguments: list[str] | None = None,
) -> NoReturn:
    """Runs a stage with the flags of the command line and exits with its outcome.

    Flags follow the function's keyword arguments; `--help` is made from its docstring. An error
    that the user can correct ends in one line and exit code 1, an interruption in code 130; any
    other error keeps its traceback.

    Help and wrong flags are answered at once: `stage.py` imports at its head only what the flags
    and cheap checks need, and its function imports what takes seconds (PyTorch, transformers,
    SciPy, Matplotlib, pandas), alone or through another module.

    Args:
        stage: Name of the stage, or its function; all its arguments are keyword-only. By name, an
            interruption while its module is imported ends like any other. A stage that does
            one of several things has a function for each, by the name of its subcommand.
        arguments: Flags instead of the command line's.

    Raises:
        SystemExit: Always: 0 when done, 1 for bad input, 2 for flags that do not fit, 130 when
            interrupted, 141 when the output is no longer read.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    atexit.register(signal.signal, signal.SIGTERM, signal.SIG_IGN)
    _end_with_starter()
    specification = sys.modules["__main__"].__spec__  # of `python -m components.<stage>`
    module = specification.name.removesuffix(".__main__") if specification else None
    program = f"python -m {module}" if module else None
    try:
        if isinstance(stage, str):
            stage = _function(stage)
        for function in stage.values() if isinstance(stage, dict) else [stage]:
            function.__doc__ = _unwrapped(function.__doc__ or "")
        if isinstance(stage, dict):
            about = sys.modules["__main__"].__doc__
            tyro.extras.subcommand_cli_from_dict(
                stage, prog=program, description=about, args=arguments
            )
        else:
            tyro.cli(stage, prog=program, args=arguments)
    except InputError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader of the output, `head` say, has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(BROKEN_PIPE)
    except OSError as error:
        sys.exit(f"error: {_user_error(error)}")
    except Exception as error:
        if DISK_FULL in str(error):  # an error of a library written in Rust
            sys.exit("error: no space left on the disk")
        if isinstance(error, MemoryError) or any(word in str(error) for word in NO_MEMORY):
            sys.exit("error: not enough memory")
        raise
    finally:
        # The outcome is certain, and cleaning up is not to be interrupted. A child process would
        # inherit SIG_IGN, which comes last: at its end Python gives up handlers of its own.
        signal.signal(signal.SIGTERM, lambda *_: None)
    sys.exit(0)


def _function(stage: str) -> Callable[..., None]:
    """A stage's function: it has the stage's name."""
    function: Callable[..., None] = getattr(import_module(f"components.{stage}.stage"), stage)
    return function


def _unwrapped(docstring: str) -> str:
    """A docstring with one line per paragraph and argument; tyro keeps some of its line breaks."""
    return re.sub(r"(?<=\S)\n( {8,})?(?=\S)", " ", inspect.cleandoc(docstring))


def _end_with_starter() -> None:
    """Interrupts a stage when the DVC that runs it ends, or PyTorch's launcher, even if killed."""
    if not {"DVC_STAGE", "TORCHELASTIC_RUN_ID"} & os.environ.keys():
        return
    shell = os.environ.get("SHELL") or "/bin/sh"  # as DVC does; it may have become the stage
    with contextlib.suppress(psutil.NoSuchProcess):
        above = psutil.Process().parents()
        starter = next((each for each in above if each.cmdline()[:1] != [shell]), None)
        if starter:
            threading.Thread(target=_interrupt_after, args=(starter,), daemon=True).start()


def _interrupt_after(starter: psutil.Process) -> None:
    wait_for_end(starter)
    os.kill(os.getpid(), signal.SIGTERM)


def wait_for_end(process: psutil.Process) -> None:
    """Returns when any process has ended, even if its parent has not noticed."""
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.status() != psutil.STATUS_ZOMBIE and process.is_running():
            time.sleep(POLL_SECONDS)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    """A pod's stop (SIGTERM) ends a stage in the way that Ctrl-C does."""
    raise KeyboardInterrupt


def _user_error(error: OSError) -> str:
    """One line for an error about files that the user can correct; others are raised again."""
    name = error.filename2 or error.filename  # of a renaming, where it goes
    where = f": {name}" if name else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"no space left on the disk{where}"
    if isinstance(error, FileNotFoundError):
        return f"not found{where}"
    if isinstance(error, PermissionError):
        return f"permission denied{where}"
    misplaced = isinstance(error, (FileExistsError, IsADirectoryError, NotADirectoryError))
    if misplaced or error.errno == errno.EROFS:
        return f"{(error.strerror or '').lower()}{where}"
    raise error
