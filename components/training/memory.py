"""What a person can do when a batch does not fit into memory."""

import re

import psutil
import torch

from components.runtime.command_line import NO_MEMORY
from components.runtime.errors import InputError

# What PyTorch asked for, in its own words on GPUs and CPUs.
REQUEST = re.compile(r"[Tt]ried to allocate ([\d.]+) ?(GiB|MiB|KiB|bytes)")
UNITS = {"GiB": 1.0, "MiB": 2.0**-10, "KiB": 2.0**-20, "bytes": 2.0**-30}


def memory_error(
    error: Exception, *, micro_batch_size: int, sequence_length: int, device: torch.device
) -> InputError | None:
    """The error as one line with a hint; None if it is another one.

    Args:
        error: What a forward or backward pass raised.
        micro_batch_size: Sequences of the pass.
        sequence_length: Their tokens.
        device: Where it ran.
    """
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
