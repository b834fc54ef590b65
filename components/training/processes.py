"""Several processes that train one model together, one per GPU, on one node or several."""

import json
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, NoReturn, Self

import torch
from accelerate.commands.config import default_config_file, load_config_from_file
from torch import Tensor
from torch.distributed import broadcast
from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException, Std
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.elastic.rendezvous import RendezvousError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from components.runtime.command_line import INTERRUPTED
from components.runtime.errors import InputError

STOP_SECONDS = 120  # for the checkpoint that a stop signal asks for
MEETING_SECONDS = 1800  # in which all nodes must begin: each downloads its inputs first
# Exit code when another process has ended: nothing is wrong with this one, and the same command
# resumes. In sysexits.h a temporary failure, to be tried again.
PEER_LOST = os.EX_TEMPFAIL


class Rendezvous(NamedTuple):
    """Where the nodes of a training meet."""

    num_nodes: int
    rank: int  # of this one; the first, 0, writes checkpoints and the model
    endpoint: str  # address of the first one, host:port

    @classmethod
    def here(cls) -> Self:
        """As torchrun's variables say, which Kubeflow Trainer sets; without them, the only node.

        Raises:
            InputError: Some are missing, or hold no numbers.
        """
        if "PET_NNODES" not in os.environ:
            return cls(1, 0, "localhost:0")
        names = ("PET_NNODES", "PET_NODE_RANK", "PET_MASTER_ADDR", "PET_MASTER_PORT")
        count, rank, host, port = (os.environ.get(name, "") for name in names)
        if not (count.isdigit() and rank.isdigit() and host and port.isdigit()):
            found = ", ".join(f"{name}={os.environ.get(name, '')}" for name in names)
            raise InputError(f"{found}: expected number of nodes, rank, address and port")
        return cls(int(count), int(rank), f"{host}:{port}")


def processes_to_start() -> int:
    """How many processes this node adds to the training; 0 if this process trains by itself.

    The number in accelerate's configuration file if there is one, else the number of GPUs. A
    process that was started for the training, or that is the only one, trains by itself.

    Raises:
        InputError: The configuration is damaged or asks for more processes than there are GPUs.
    """
    if torch.distributed.is_torchelastic_launched():
        return 0
    count = _processes_of_a_node()
    return count if count > 1 or Rendezvous.here().num_nodes > 1 else 0


def _processes_of_a_node() -> int:
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
    """Runs the training stage in processes on this node, and waits for all of them.

    What the first one prints is shown. When one ends early, the others are stopped.

    Args:
        count: Number of processes.
        arguments: The stage's arguments.

    Raises:
        InputError: One of the processes was killed; on several nodes that ends in `PEER_LOST`.
        SystemExit: A stop was requested, of this process or one of those; one of those failed; or
            another node did not come or was lost.
    """
    node = Rendezvous.here()
    logging.disable(logging.CRITICAL)  # PyTorch's launcher has many lines on every end
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, len(os.sched_getaffinity(0)) // count)))
    flags = [word for name, value in arguments.items() for word in (f"--{name}", str(value))]
    meeting = {"rank": node.rank, "timeout": MEETING_SECONDS}
    with tempfile.TemporaryDirectory() as logs:
        config = LaunchConfig(
            min_nodes=node.num_nodes,
            max_nodes=node.num_nodes,
            nproc_per_node=count,
            run_id="training",
            rdzv_backend="c10d" if node.num_nodes == 1 else "static",
            rdzv_endpoint=node.endpoint,
            rdzv_configs=meeting if node.num_nodes > 1 else {},
            max_restarts=0,
            shutdown_timeout=STOP_SECONDS,
            logs_specs=DefaultLogsSpecs(logs, redirects=dict.fromkeys(range(1, count), Std.ALL)),
        )
        try:
            elastic_launch(config, sys.executable)("-m", "components.training", *flags)
        except SignalException:
            sys.exit(INTERRUPTED)
        except ChildFailedError as error:
            _end_as(error, count=count, logs=Path(logs), node=node)
        except (torch.distributed.DistError, RendezvousError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            _say(f"error: {node.num_nodes} nodes, this is {node.rank + 1}: no contact ({reason})")
            sys.exit(PEER_LOST)


def _end_as(error: ChildFailedError, *, count: int, logs: Path, node: Rendezvous) -> NoReturn:
    """Ends this process as the first of the others that failed, or was killed."""
    # A killed process makes the others fail, which may be noticed at the same time.
    killed_ones = [each for each in error.failures.items() if each[1].exitcode < 0]
    rank, failure = killed_ones[0] if killed_ones else error.get_first_failure()
    name = f"process {rank + 1} of {count}"
    if failure.exitcode < 0:
        killed = signal.Signals(-failure.exitcode).name
        if node.num_nodes > 1:  # PyTorch itself kills a process that waits for a lost node
            _say(f"error: {name} of node {node.rank + 1} was killed ({killed})")
            sys.exit(PEER_LOST)
        raise InputError(f"{name} was killed ({killed}): expected it to end") from None
    log = next(logs.glob(f"**/{rank}/stderr.log"), None)  # what the first prints is shown at once
    if log and failure.exitcode != INTERRUPTED:
        _say(f"{name}:\n{log.read_text('utf-8').rstrip()}")
    sys.exit(failure.exitcode)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


@contextmanager
def stop_requests(*, num_processes: int) -> Iterator[Callable[[], bool]]:
    """Only records a first Ctrl-C or SIGTERM in the block; a second one stops at once.

    Yields:
        A function that every process calls at the same points, and that tells all of them whether
        any was asked to stop.
    """
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    def is_asked() -> bool:
        if num_processes == 1:
            return bool(asked)
        requests = torch.tensor(float(len(asked)))  # on the CPU, so that no GPU is waited for
        torch.distributed.all_reduce(requests)
        return bool(requests)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield is_asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def from_first(
    progress: dict[str, Any], tensors: dict[str, Tensor]
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The first process's JSON values and tensors on the CPU; every other one gets them there."""
    described = [(name, list(each.shape), str(each.dtype)) for name, each in tensors.items()]
    header = torch.tensor(list(json.dumps([progress, described]).encode()), dtype=torch.uint8)
    length = torch.tensor(len(header))
    broadcast(length, src=0)
    header = header if torch.distributed.get_rank() == 0 else header.new_empty(int(length))
    broadcast(header, src=0)
    progress, described = json.loads(bytes(header.tolist()))
    if torch.distributed.get_rank() != 0:
        tensors = {
            name: torch.empty(shape, dtype=getattr(torch, dtype.removeprefix("torch.")))
            for name, shape, dtype in described
        }
    for each in tensors.values():
        broadcast(each, src=0)
    return progress, tensors
