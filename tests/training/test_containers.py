"""Two nodes in containers: Kubeflow's own SDK starts the training program, as a TrainJob would."""

import json
import os
import shutil
import subprocess
import time

import pytest
from safetensors.torch import load_file

from components.runtime.container import MODELS
from tests.training.process import RECIPE, flags, start

# The SDK's shell is a login shell, which forgets the PATH of the image.
PROFILE = "export PATH=/opt/venv/bin:$PATH\n"


def train(arguments):
    """What the SDK runs in each container, by torchrun."""
    from components.runtime.command_line import run

    run("training", arguments=arguments)


def distance(weights, others):
    """Of all weights as one vector."""
    return sum(float((weights[key] - others[key]).square().sum()) for key in weights) ** 0.5


@pytest.fixture
def client(engine, tmp_path, monkeypatch):
    """Kubeflow's client for TrainJobs, whose nodes are containers here."""
    trainer = pytest.importorskip("kubeflow.trainer")
    types = pytest.importorskip("kubeflow.trainer.backends.container.types")
    socket, service = tmp_path / "podman.sock", None
    if engine.is_podman:
        command = [engine.program, "system", "service", "--time=0", f"unix://{socket}"]
        service = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while not socket.exists():
            time.sleep(0.1)
    config = types.ContainerBackendConfig(
        container_runtime="podman" if engine.is_podman else "docker",
        container_host=f"unix://{socket}" if engine.is_podman else None,
        pull_policy="Never",
        runtime_source={"sources": []},
    )
    monkeypatch.setenv("HOME", str(tmp_path))  # where it keeps what jobs read and write
    yield trainer.TrainerClient(backend_config=config)
    if service:
        service.terminate()
        service.wait()


def test_two_nodes_end_with_the_weights_of_one_process(client, tokens, long_weights, tmp_path):
    from kubeflow.trainer import CustomTrainer
    from kubeflow.trainer.options import Name

    name = f"two-nodes-{os.getpid()}"  # what a killed test left is not in the way
    shared = tmp_path / ".kubeflow" / "trainer" / "containers" / name
    shared.mkdir(parents=True)
    for folder, given in (("tokens", tokens), ("weights", long_weights)):
        shutil.copytree(given, shared / folder)
    (shared / ".bash_profile").write_text(PROFILE)
    (shared / "models").mkdir()
    for place in (shared, *shared.rglob("*")):
        place.chmod(0o777)  # the image's user is another one
    places = {
        "tokens": "tokens",
        "weights": "weights",
        "model": "models/two",
        "state": "/tmp/state",
    }
    trainer = CustomTrainer(
        func=train,
        func_args={"arguments": flags(**RECIPE, **places)},
        image=f"localhost/{MODELS}:latest",
        num_nodes=2,
        env={"HOME": "/workspace", "PYTHONPATH": "/app", "OMP_NUM_THREADS": "1"},
    )
    try:
        client.train(runtime="torch-distributed", trainer=trainer, options=[Name(name)])
        log = "".join(client.get_job_logs(name, step="node-0", follow=True))
        job = client.wait_for_job_status(name, status={"Complete", "Failed"}, timeout=60)
        assert job.status == "Complete", log
        alone = {"tokens": tokens, "weights": long_weights, "state": tmp_path / "state"}
        one = start(flags(**RECIPE, **alone, model=tmp_path / "one"), log=tmp_path / "log")
        one.join(120)
        two = shared / "models" / "two"
        records = [
            json.loads((folder / "training.json").read_text()) for folder in (two, tmp_path / "one")
        ]
        assert [each["num_processes"] for each in records] == [2, 1]
        for epoch, expected in zip(*(each["epochs"] for each in records), strict=True):
            assert epoch == pytest.approx(expected, rel=1e-4)
        found, expected, begun = (
            load_file(folder / "model.safetensors")
            for folder in (two, tmp_path / "one", long_weights)
        )
        # Weights whose gradient is rounding alone, biases of keys, move by AdamW as others do.
        assert distance(found, expected) < 1e-2 * distance(expected, begun)
    finally:
        client.delete_job(name)
