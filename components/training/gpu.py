"""How busy the GPU is that a process trains on."""

import torch


def gpu_use() -> dict[str, float]:
    """Use of this process's GPU; empty without one, or where its driver cannot tell.

    Returns:
        `gpu_utilization`, percent of the last second or less in which it computed, as nvidia-smi
        shows it, and `gpu_memory_gib`, the most that PyTorch has held there.
    """
    if not torch.cuda.is_available():
        return {}
    try:
        busy = torch.cuda.utilization()
    except Exception:  # noqa: BLE001 - of drivers, many kinds; slices of a GPU (MIG) have no number
        return {}
    return {
        "gpu_utilization": float(busy),
        "gpu_memory_gib": round(torch.cuda.max_memory_reserved() / 2**30, 2),
    }
