"""A training's failures in a line: a batch that does not fit into memory, and a lost process."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import torch
from accelerate import Accelerator

from components.runtime.command_line import NO_MEMORY
from components.runtime.errors import InputError
from components.training.processes import PEER_LOST

# What PyTorch asked for, in its own words on GPUs and CPUs.
REQUEST = re.compile(r"[Tt]ried to allocate ([\d.]+) ?(GiB|MiB|KiB|bytes)")
UNITS = {"GiB": 1.0, "MiB": 2.0**-10, "KiB": 2.0**-20, "bytes": 2.0**-30}


@contextmanager
def failures_in_a_line(
    accelerator: Accelerator, *, micro_batch_size: int, sequence_length: int
) -> Iterator[None]:
    """Ends a block in a line where memory was too little, or where another process ended.

    Args:
        accelerator: Devices and processes of the training.
        micro_batch_size: Sequences of a forward or backward pass.
        sequence_length: Their tokens.

    Raises:
        InputError: Memory was too little.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        too_large = memory_error(
            error,
            micro_batch_size=micro_batch_size,
            sequence_length=sequence_length,
            device=accelerator.device,
        )
        if too_large:
            raise too_large from None
        is_lost = isinstance(error, torch.distributed.DistError) or "by peer" in str(error)
        if accelerator.num_processes == 1 or not is_lost:
            raise
        print("error: another process of this training ended", file=sys.stderr, flush=True)  # noqa: T201
        os._exit(PEER_LOST)  # at a regular end, PyTorch may wait for the process that is gone


def memory_error(
    error: Exception, *, micro_batch_size: int, sequence_length: int, device: torch.device
) -> InputError | None:
    """The error of a forward or backward pass as one line with a hint; None if it is another."""
    if not isinstance(error, MemoryError) and not any(word in str(error) for word in NO_MEMORY):
        return None
    found = REQUEST.search(str(error))
    needed = float(found[1]) * UNITS[found[2]] if found else 0.0
    if device.type == "cuda":
        place, total = "GPU", torch.cuda.get_device_properties(device).total_memory
        needed += torch.cuda.memory_allocated(device) / 2**30
    else:
        place, total = "machine", psutil.virtual_memory().total
        needed += psutil.Process().memory_info().rss / 2**30
    smaller = (
        f"a micro_batch_size of {micro_batch_size // 2}"
        if micro_batch_size > 1
        else "a smaller model or shorter sequences"
    )
    return InputError(
        f"micro_batch_size {micro_batch_size}, sequences of {sequence_length:,} tokens: needs more"
        f" than {needed:.1f} GiB of memory, the {place} has {total / 2**30:.1f} GiB; try {smaller}"
    )
