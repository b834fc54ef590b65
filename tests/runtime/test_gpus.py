import pytest

from components.runtime.errors import InputError
from components.runtime.gpus import VARIABLES, check_gpus


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_gpu_that_is_named_but_not_seen_is_an_error(variable, monkeypatch):
    for named in ("", "-1", "void", "none", "all"):  # as machines without GPUs say
        for each in VARIABLES:
            monkeypatch.setenv(each, named)
        check_gpus(0)
    for named in ("0", "0,1", "GPU-8f6d1d2e", "MIG-1"):
        monkeypatch.setenv(variable, named)
        check_gpus(1)
        with pytest.raises(InputError, match=f"{variable}={named}: PyTorch sees no GPU, expected"):
            check_gpus(0)
