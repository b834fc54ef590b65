"""The pipeline in containers on this machine; `make images` builds what they run in.

Without a container engine or images this is skipped, but where MATCHING_EXPERTS_CONTAINERS is
`required`.
"""

import os
import re
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from docker.errors import APIError

from components.container import ANALYSIS, MODELS
from components.errors import InputError
from pipelines.local.containers import LABEL, check_images, engine, run_to_end, unprivileged
from pipelines.local.private_store import private_network, served_in
from pipelines.local.run import Stages
from pipelines.store.serve import environment, read_keys, served
from tests.small_study import clone, dvc, git, store_command

IMAGES = [f"{name}:latest" for name in (MODELS, ANALYSIS)]
OUTSIDE = ("192.0.2.1", 80)  # RFC 5737: nobody's
REACH = """\
import socket, sys
for word in sys.argv[1:]:
    host, port = word.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
        print(port, "reached")
    except OSError as error:
        print(port, "not reached")
"""


@pytest.fixture(scope="module")
def client():
    """A container engine with the images."""
    try:
        with engine() as found:
            check_images(found, IMAGES)
            yield found
    except InputError as error:
        if os.environ.get("MATCHING_EXPERTS_CONTAINERS") == "required":
            raise
        pytest.skip(f"no run in containers: {error}")


def python(client, code, *arguments, **options):
    return run_to_end(client, IMAGES[1], ["python", "-c", code, *arguments], **options)


def ours(client):
    """Our containers, some of which may be gone already."""
    return client.containers.list(all=True, filters={"label": LABEL}, sparse=True)


def test_a_containers_exit_code_and_output_are_its_programs(client, capfd):
    assert python(client, "print('größe'); raise SystemExit(3)") == 3
    assert capfd.readouterr().out == "größe\n"
    assert not ours(client)


def test_containers_are_not_root_and_reach_the_store_only(client, tmp_path, capfd):
    (tmp_path / "buckets" / "bucket").mkdir(parents=True)
    keys = read_keys(tmp_path)
    with (
        private_network(client) as network,
        served(tmp_path / "buckets", keys=keys) as here,
        served_in(
            client,
            network=network,
            image=IMAGES[1],
            folder=tmp_path / "buckets",
            keys=keys,
        ) as inside,
    ):
        places = [":".join(map(str, OUTSIDE)), *(url.rpartition("/")[2] for url in (here, inside))]
        python(client, REACH, *places, network=network, user=unprivileged(client))
    ports = [place.split(":")[1] for place in places]
    assert capfd.readouterr().out.splitlines() == [
        f"{ports[0]} not reached",
        f"{ports[1]} not reached",
        f"{ports[2]} reached",
    ]
    python(client, "import os; print(os.getuid())", user=unprivileged(client))
    assert capfd.readouterr().out != "0\n"


def test_a_container_that_takes_too_much_memory_is_said_to(client):
    stages = Stages({"analysis_image": IMAGES[1]})
    image = "{{$.inputs.parameters['pipelinechannel--analysis_image']}}"
    command = ["python", "-c", "bytearray(1 << 30)", "--stage", "training@gpt2-neuro"]
    command += ["--run", "1"]
    with pytest.raises(InputError, match=r"training@gpt2-neuro: exit code 137 \(out of memory\?\)"):
        stages(client, image, command, mem_limit="64m", memswap_limit="64m")


def test_an_image_that_is_not_here_is_named(client):
    with pytest.raises(InputError, match="no image nobody/nothing:1: make it"):
        check_images(client, ["nobody/nothing:1"])


def local_run(folder):
    """Starts `python -m pipelines local` in a checkout."""
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines", "local"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"},
    )


@pytest.fixture(scope="module")
def runs(client, demo):
    """The demo's pipeline run in containers: stopped when a model is trained, gone on with, again.

    Returns:
        Exit code, standard output and standard error of each.
    """
    assert not (demo.folder / ".store").exists()
    found = []
    for number in range(3):
        with local_run(demo.folder) as run:
            try:
                if number == 0:
                    stop_when_training(client, run)
                out, err = run.communicate(timeout=1500)
            finally:
                run.terminate()
        found.append((run.returncode, out, err))
    return found


def stop_when_training(client, run):
    """Ends a container that trains as a node does: SIGTERM, and half a minute until SIGKILL."""
    end = time.monotonic() + 900
    while run.poll() is None and time.monotonic() < end:
        for container in ours(client):
            with suppress(APIError):  # it has ended meanwhile
                if "update" in container.logs(tail=5).decode(errors="replace"):
                    container.stop(timeout=30)
                    return
        time.sleep(0.5)
    raise AssertionError(run.communicate()[1])


def test_a_container_that_fails_ends_the_run(runs):
    code, _, err = runs[0]
    assert code == 1
    assert re.fullmatch(r"error: (pre)?training@\S+: exit code \d+", err.splitlines()[-1])
    assert "Traceback" not in err


def test_the_next_run_goes_on_from_where_a_container_was_stopped(runs):
    code, out, err = runs[1]
    assert code == 0, err
    assert out.count("going on from the state of ") == 1


def results(text):
    """The rows of a table of results, without the time that training took."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [row.split("|")[1:-2] for row in rows]


def test_containers_make_what_dvc_repro_makes(runs, demo):
    table = results((demo.folder / "artifacts" / "figures" / "table.md").read_text())
    assert len(table) == 8
    assert results(runs[1][1]) == table
    assert results(runs[2][1]) == table


def test_a_second_run_executes_no_stage(runs, demo):
    code, out, err = runs[2]
    assert code == 0, err
    assert "Running stage" not in out
    assert out.count("made before, not run again") == len(demo.stages())


def test_a_clone_that_adopts_the_run_executes_no_stage(runs, demo, tmp_path, monkeypatch):
    folder = demo.folder / ".store"
    run = re.findall(r"adopt --run (\S+)", runs[1][1])[-1]
    with served(folder / "buckets", keys=read_keys(folder), watched=True) as endpoint:
        for name, value in environment(endpoint, read_keys(folder)).items():
            monkeypatch.setenv(name, value)
        target = clone(demo.folder, tmp_path / "clone")
        git(target, "checkout", "--quiet", "HEAD~1")  # before there were results
        store_command(target, "adopt", "--run", run)
        dvc(target, "pull")
        assert "Running" not in dvc(target, "repro").stdout
    scores = sorted((demo.folder / "artifacts" / "scores").glob("*/*.csv"))
    assert len(scores) >= 15
    for file in scores:
        assert (target / file.relative_to(demo.folder)).read_bytes() == file.read_bytes()


def test_nothing_of_the_runs_is_left_but_the_store(runs, client, demo):
    assert not ours(client)
    assert not [each for each in client.networks.list() if "matching-experts" in each.name]
    assert not list((demo.folder / ".state").glob("local-*"))
