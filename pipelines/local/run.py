"""Runs the study on this machine, in the containers that a cluster runs."""

import os
import sys
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from components.runtime.container import ANALYSIS, MODELS
from components.runtime.errors import InputError
from pipelines.kubeflow.compilation import compile_specifications
from pipelines.local.containers import LABEL, Ended, Engine, find_engine
from pipelines.local.launcher import ContainerTask, read_tasks
from pipelines.store.serve import environment, rclone, read_keys, served

USER = "65532:65532"  # any but root, as on a cluster
PORT = 9000  # of the containers' store
START_SECONDS = 30.0
CONNECT = f"import socket; socket.create_connection(('127.0.0.1', {PORT}))"


def run_here(
    *,
    models_image: str = f"{MODELS}:latest",
    analysis_image: str = f"{ANALYSIS}:latest",
    params: Path = Path("params.yaml"),
    data: Path = Path("data.dvc"),
    folder: Path = Path(".store"),
) -> None:
    """Compiles the study and runs it in containers on this machine, with docker or podman.

    Linux only. The containers reach nothing but an S3 server that keeps its objects in a local
    folder, the one that `make store` serves. Results that the store holds are not computed again.

    Args:
        models_image: Container image with PyTorch.
        analysis_image: Container image without PyTorch.
        params: File with the study's parameters.
        data: File data.dvc, which names the data; the data must be in this checkout.
        folder: Folder for the store's objects.

    Raises:
        InputError: There is no container engine or no such image, the study does not compile, or
            a task failed.
    """
    from pipelines.dvc.remote import address_of
    from pipelines.store.bucket import Bucket
    from pipelines.store.push import push_data
    from pipelines.store.studies import result_table

    if sys.platform != "linux":
        raise InputError(f"found {sys.platform}, expected Linux")
    run = str(uuid.uuid4())
    print(f"run: {run}", flush=True)
    images = {"models_image": models_image, "analysis_image": analysis_image}
    engine = find_engine()
    engine.check_images(images.values())
    address, buckets = address_of(None, root=Path()), folder / "buckets"
    with ExitStack() as stack:
        specifications = compile_specifications(params=params, data=data)
        (buckets / address.bucket).mkdir(parents=True, exist_ok=True)
        keys = read_keys(folder)
        endpoint = stack.enter_context(served(buckets, keys=keys, watched=True))
        os.environ |= environment(endpoint, keys)  # this process' own address of the store
        push_data(data, bucket=Bucket(address), root=Path())
        network, endpoint = stack.enter_context(
            private_store(engine, image=analysis_image, folder=buckets, keys=keys)
        )
        ours = {key: value for key, value in os.environ.items() if key.startswith("MATCHING_")}
        tasks = read_tasks(*specifications, run=run, parameters={"gpus": "0", **images})
        run_tasks(tasks, engine, network=network, secret=ours | environment(endpoint, keys))
        print(f"\n{result_table(Bucket(address), run)}")
    print(f"{run}: succeeded")
    print(f"Next, while make store runs: python -m pipelines.store adopt --run {run}")


def run_tasks(
    tasks: Iterable[ContainerTask],
    engine: Engine,
    *,
    network: str,
    secret: Mapping[str, str],
    options: Iterable[str] = (),
) -> None:
    """Runs tasks in topological order, with the retries of a default Kubeflow installation.

    Args:
        tasks: The tasks.
        engine: The container engine.
        network: Name of the containers' network.
        secret: Environment variables with the store's endpoint and keys.
        options: Further options of `docker run`.

    Raises:
        InputError: A task failed; this ends the run.
    """
    for task in tasks:
        words = [f"--network={network}", f"--user={USER}", *task.options, *options]
        for attempt in range(task.retries + 1):
            identifier = str(uuid.uuid4())
            name = f"{task.name}-{identifier[:8]}"
            pod = {"KFP_POD_NAME": name, "KFP_POD_UID": identifier, "KFP_RETRY_INDEX": str(attempt)}
            ended = engine.run_to_end(
                task.image,
                task.command,
                name=name,
                options=words,
                environment=task.environment(secret) | pod,
            )
            if ended is not Ended.DELETED:
                break
            print(f"{task}: pod deleted", file=sys.stderr)
        if ended is not Ended.SUCCEEDED:
            times = f", {attempt + 1} times" if ended is Ended.DELETED else ""
            raise InputError(f"{task}: {ended}{times}")


@contextmanager
def private_store(
    engine: Engine, *, image: str, folder: Path, keys: tuple[str, str]
) -> Iterator[tuple[str, str]]:
    """Runs an S3 server in a network without access to anything outside.

    Its program is this machine's rclone, which needs nothing from its image.

    Args:
        engine: The container engine.
        image: Any Linux image with Python.
        folder: The folder that it serves; each subfolder is a bucket.
        keys: Access key and secret key.

    Yields:
        Name of the network, and the server's endpoint in it.

    Raises:
        InputError: It does not start.
    """
    (program, *arguments), secret = rclone(
        Path("/buckets"), address=f":{PORT}", keys=keys, watched=True
    )
    name = f"{LABEL}-{uuid.uuid4().hex[:12]}"
    with ExitStack() as stack:
        engine.call("network", "create", "--internal", name)
        stack.callback(engine.call, "network", "rm", name)
        stack.callback(engine.remove, name)  # one that was created and did not start, too
        server = engine.call(
            *("run", "--detach", f"--name={name}", f"--label={LABEL}", "--read-only"),
            f"--network={name}",
            *(f"--user={_owner(engine)}", "--security-opt=label=disable"),  # else SELinux denies
            *(f"--volume={program}:/rclone:ro", f"--volume={folder.absolute()}:/buckets"),
            *(*(f"--env={key}" for key in secret), image, "/rclone", *arguments),
            environment=secret,
        )
        _wait_for(engine, server)
        address = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        yield name, f"http://{engine.call('inspect', '--format', address, server)}:{PORT}"


def _owner(engine: Engine) -> str:
    """User and group that own this user's files inside a container."""
    if engine.is_podman or "rootless" in engine.call("info", "--format", "{{.SecurityOptions}}"):
        return "0:0"  # the user who runs podman is root inside
    return f"{os.getuid()}:{os.getgid()}"


def _wait_for(engine: Engine, server: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with suppress(InputError):
            engine.call("exec", server, "python3", "-c", CONNECT)
            return
        time.sleep(0.2)
    raise InputError("the S3 server in a container does not start")
