"""What the tests of several folders use; each folder's own conftest.py imports what it needs."""

import os
import signal
from pathlib import Path

import psutil
import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from tests.processes import run_program

# The models here are too small to share: a second thread costs more than it brings.
os.environ["OMP_NUM_THREADS"] = "1"
# Laws do not depend on how busy the machine is, nor on what the first example imports.
settings.register_profile("all", deadline=None, max_examples=int(os.getenv("FUZZ_EXAMPLES", "100")))
settings.register_profile("fast", deadline=None, max_examples=20)
# A shell has what runs in the background ignore Ctrl-C; what the tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parents[1]
# Markers of tests that need a fixture; those that are slow start processes or train a model.
MARKERS = {
    "reference": "published",
    "engine": "containers",
    "demo": "slow",
    "study": "slow",
    "run_stage": "slow",
    "run_on_small_disk": "slow",
    "whole": "slow",
}
ALL_SLOW = "\npytestmark = pytest.mark.slow\n"  # in a file that has no other tests
CONTAINERS = ("tests/pipelines/local/", "tests/training/test_containers.py")
WORKER_MEMORY = 2 << 30  # bytes, with PyTorch, DVC and the processes that a test starts


def is_fast_run(config):
    """Whether slow tests are left out."""
    return "not slow" in config.option.markexpr


def pytest_configure(config):
    settings.load_profile("fast" if is_fast_run(config) else "all")


def pytest_ignore_collect(collection_path, config):
    """Leaves out files whose tests are all slow where no slow ones are asked for: imports cost."""
    if is_fast_run(config) and collection_path.suffix == ".py":
        return ALL_SLOW in collection_path.read_text() or None
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Marks tests by the fixtures that they need; those with containers begin first."""
    for item in items:
        for fixture in MARKERS.keys() & set(item.fixturenames):
            item.add_marker(MARKERS[fixture])
    items.sort(key=lambda item: ("engine" not in item.fixturenames, not is_slow(item)))


def is_slow(item):
    return item.get_closest_marker("slow") is not None


def pytest_xdist_auto_num_workers():
    """The number of test processes with `-n auto`: as many as cores and memory allow.

    One more than there are cores: a third of the time tests wait for containers and servers.
    """
    return max(1, min(os.cpu_count() + 1, psutil.virtual_memory().available // WORKER_MEMORY))


class Scheduling(LoadFileScheduling):
    """Runs the tests of a file in one process, and all that use a container engine in one too.

    They look for each other's containers, and no process waits for another's.
    """

    def _split_scope(self, nodeid):
        return CONTAINERS[0] if nodeid.startswith(CONTAINERS) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    return Scheduling(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def reference():
    """The folder of the original study's published data, which `make reference` fetches."""
    from tests.reference import reference_folder

    folder = reference_folder()
    if folder is None:
        pytest.skip("the published data is not here: make reference")
    return folder


@pytest.fixture(scope="session")
def run_stage(tmp_path_factory):
    """Runs a stage as a user does and returns the finished process."""
    return lambda stage, *flags, **options: run_program(
        stage, *flags, folder=tmp_path_factory.mktemp(stage), **options
    )


@pytest.fixture
def run_on_small_disk(run_stage):
    """Runs a stage with a folder on a disk of 40 KiB; prints what is left there in the end."""
    from tests.small_disk import skip_without_small_disks

    skip_without_small_disks()
    return lambda disk, stage, *flags: run_stage(stage, *flags, small_disk=disk)


@pytest.fixture(scope="session")
def assert_one_line():
    """Asserts that a process ended with exit code 1 and one line that holds certain words."""

    def check(process, *words):
        assert process.returncode == 1, process.stderr
        errors = process.stderr.strip().splitlines()
        assert len(errors) == 1, process.stderr
        assert errors[0].startswith("error: ")
        for word in words:
            assert str(word) in errors[0]

    return check
