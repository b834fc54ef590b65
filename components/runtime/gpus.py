"""GPUs that the environment promises to a program."""

import os

from components.runtime.errors import InputError

# Kubernetes' plugin for NVIDIA names a pod's GPUs in the first, people name theirs in the second.
VARIABLES = ("NVIDIA_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES")
NONE = {"", "-1", "none", "void", "all"}  # all: CUDA's images say so on machines without any too


def check_gpus(count: int) -> None:
    """Refuses to compute for weeks on CPUs what was given GPUs.

    Args:
        count: Number of GPUs that PyTorch sees.

    Raises:
        InputError: It sees none, but the environment names some.
    """
    for variable in VARIABLES:
        if not count and (named := os.environ.get(variable, "")) not in NONE:
            raise InputError(
                f"{variable}={named}: PyTorch sees no GPU, expected one; its build may be for CPUs,"
                " or newer than the driver"
            )
