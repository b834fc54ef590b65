"""Several processes that train one model together, one per GPU."""

import logging
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

import torch
from accelerate.commands.config import default_config_file, load_config_from_file
from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException, Std
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from components.runtime.command_line import INTERRUPTED
from components.runtime.errors import InputError

STOP_SECONDS = 120  # for the checkpoint that a stop signal asks for


def processes_to_start() -> int:
    """How many processes share the training: 1 in a process that was started for it.

    The number in accelerate's configuration file if there is one, else the number of GPUs.

    Raises:
        InputError: The configuration is damaged or asks for more processes than there are GPUs.
    """
    if torch.distributed.is_torchelastic_launched():
        return 1
    gpus = torch.cuda.device_count()
    if not Path(default_config_file).is_file():
        return max(1, gpus)
    try:
        count = int(load_config_from_file(None).num_processes)
    except Exception as error:  # noqa: BLE001 - of accelerate and of YAML, several kinds
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        found = f"no number of processes in {default_config_file}"
        raise InputError(f"{found} ({reason}): expected accelerate's configuration") from None
    if gpus and count > gpus:
        raise InputError(f"num_processes {count} in {default_config_file}: found {gpus} GPUs")
    return max(1, count)


def train_in_processes(count: int, arguments: dict[str, Any]) -> None:
    """Runs the training stage in several processes on this machine, and waits for all of them.

    What the first one prints is shown. When one ends early, the others are stopped.

    Args:
        count: Number of processes.
        arguments: The stage's arguments.

    Raises:
        InputError: One of the processes was killed.
        SystemExit: A stop was requested, of this process or one of those; or one of those failed.
    """
    logging.disable(logging.CRITICAL)  # PyTorch's launcher has many lines on every end
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, len(os.sched_getaffinity(0)) // count)))
    flags = [word for name, value in arguments.items() for word in (f"--{name}", str(value))]
    with tempfile.TemporaryDirectory() as logs:
        config = LaunchConfig(
            min_nodes=1,
            max_nodes=1,
            nproc_per_node=count,
            run_id="training",
            rdzv_backend="c10d",
            rdzv_endpoint="localhost:0",
            max_restarts=0,
            shutdown_timeout=STOP_SECONDS,
            logs_specs=DefaultLogsSpecs(logs, redirects=dict.fromkeys(range(1, count), Std.ALL)),
        )
        try:
            elastic_launch(config, sys.executable)("-m", "components.training", *flags)
        except SignalException:
            sys.exit(INTERRUPTED)
        except ChildFailedError as error:
            _end_as(error, count=count, logs=Path(logs))


def _end_as(error: ChildFailedError, *, count: int, logs: Path) -> NoReturn:
    """Ends this process as the first of the others that failed, or was killed."""
    # A killed process makes the others fail, which may be noticed at the same time.
    killed_ones = [each for each in error.failures.items() if each[1].exitcode < 0]
    rank, failure = killed_ones[0] if killed_ones else error.get_first_failure()
    name = f"process {rank + 1} of {count}"
    if failure.exitcode < 0:
        killed = signal.Signals(-failure.exitcode).name
        raise InputError(f"{name} was killed ({killed}): expected it to end") from None
    log = next(logs.glob(f"**/{rank}/stderr.log"), None)  # what the first prints is shown at once
    if log and failure.exitcode != INTERRUPTED:
        print(f"{name}:\n{log.read_text('utf-8')}", file=sys.stderr, end="")  # noqa: T201
    sys.exit(failure.exitcode)


def requested_anywhere(request: bool, *, num_processes: int) -> bool:
    """Whether any of the processes has a request; every one of them gets the same answer.

    Args:
        request: This process's.
        num_processes: How many train together.
    """
    if num_processes == 1:
        return request
    requests = torch.tensor(float(request))  # on the CPU, so that no GPU is waited for
    torch.distributed.all_reduce(requests)
    return bool(requests)
