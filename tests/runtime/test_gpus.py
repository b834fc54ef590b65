import pytest

from components.runtime.errors import InputError
from components.runtime.gpus import VARIABLES, check_gpus


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("named", ["0", "0,1", "GPU-8f6d1d2e", "MIG-1"])
def test_a_gpu_that_is_named_but_not_seen_is_an_error(variable, named, monkeypatch):
    for each in VARIABLES:
        monkeypatch.delenv(each, raising=False)
    check_gpus(0)
    monkeypatch.setenv(variable, named)
    check_gpus(1)
    with pytest.raises(InputError, match=f"{variable}={named}: PyTorch sees no GPU, expected one"):
        check_gpus(0)


@pytest.mark.parametrize("named", ["", "-1", "void", "none", "all"])
def test_a_machine_without_gpus_may_say_so(named, monkeypatch):
    for each in VARIABLES:
        monkeypatch.setenv(each, named)
    check_gpus(0)
