"""The study on this machine, in the containers that a cluster runs."""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import docker
from kfp import local
from kfp.components import load_component_from_file
from kfp.local import docker_task_handler

from components.container import ANALYSIS, MODELS, WORKSPACE
from components.errors import InputError
from pipelines.compilation import compile_study
from pipelines.local.containers import check_images, engine, run_to_end, unprivileged
from pipelines.local.private_store import private_network, served_in
from pipelines.runs.result_table import result_table
from pipelines.store.address import configured_address
from pipelines.store.bucket import Bucket
from pipelines.store.push import push_data
from pipelines.store.serve import environment, read_keys, served

LACK_OF_MEMORY = 137  # 128 + SIGKILL, which is how the kernel ends what takes too much


def run_here(
    *,
    models_image: str = f"{MODELS}:latest",
    analysis_image: str = f"{ANALYSIS}:latest",
    params: Path = Path("params.yaml"),
    data: Path = Path("data.dvc"),
    folder: Path = Path(".store"),
) -> None:
    """Compiles the study and runs it in containers on this machine, by docker or podman, on Linux.

    The containers reach nothing but an S3 server that keeps its objects in a folder here, the same
    that `make store` serves. What the store holds already is not made again.

    Args:
        models_image: The image with PyTorch.
        analysis_image: The image without.
        params: The study's parameters.
        data: Which data; this checkout holds it.
        folder: Where the store's objects are kept.

    Raises:
        InputError: There is no container engine or no such image, the study does not compile, or
            a stage failed.
    """
    if sys.platform != "linux":
        raise InputError(f"found {sys.platform}, expected Linux")
    images = {"models_image": models_image, "analysis_image": analysis_image}
    with engine() as client, ExitStack() as stack:
        root = Path(stack.enter_context(_folder_of_tasks()))
        compiled = root / "study.yaml"
        compile_study(output=compiled, params=params, data=data)
        check_images(client, list(images.values()))
        bucket = stack.enter_context(_served_here(folder))
        push_data(data, bucket=bucket, root=Path())
        inside = stack.enter_context(_served_inside(client, folder, image=analysis_image))
        stages = Stages(images)
        _configure(client, stages, root=root, **inside)
        load_component_from_file(str(compiled))(
            params=params.read_text(encoding="utf-8"),
            data=data.read_text(encoding="utf-8"),
            store=str(bucket.address),
            gpus="0",
            **images,
        )
        print(f"\n{result_table(str(bucket.address), stages.run)}")  # noqa: T201
    print(  # noqa: T201
        f"{stages.run}: succeeded\n"
        f"Next, beside make store: python -m pipelines.store adopt --run {stages.run}"
    )


@contextmanager
def _folder_of_tasks() -> Iterator[str]:
    """Where tasks leave what they hand each other; it is removed, for the store has it too."""
    state = Path(".state").absolute()
    state.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=state, prefix="local-") as folder:
        yield folder


@contextmanager
def _served_here(folder: Path) -> Iterator[Bucket]:
    """The store of `.dvc/config`, served from a folder for this process."""
    address = configured_address(Path())
    (folder / "buckets" / address.bucket).mkdir(parents=True, exist_ok=True)
    keys = read_keys(folder)
    with served(folder / "buckets", keys=keys, watched=True) as endpoint:
        os.environ |= environment(endpoint, keys)
        yield Bucket(address)


@contextmanager
def _served_inside(
    client: docker.DockerClient, folder: Path, *, image: str
) -> Iterator[dict[str, Any]]:
    """The same folder served in a network of containers: what a container is told to use it."""
    keys = read_keys(folder)
    with (
        private_network(client) as network,
        served_in(
            client, network=network, image=image, folder=folder / "buckets", keys=keys
        ) as endpoint,
    ):
        yield {"network": network, "environment": environment(endpoint, keys)}


def _configure(
    client: docker.DockerClient,
    stages: "Stages",
    *,
    root: Path,
    **options: Any,  # noqa: ANN401
) -> None:
    """Has kfp run tasks in containers as a cluster does: no root, a file system to be read only."""
    warnings.filterwarnings("ignore", module="kfp.local")  # of what only clusters heed
    root.chmod(0o777)  # the containers' user may be another
    docker_task_handler.run_docker_container = stages
    local.init(
        runner=local.DockerRunner(
            user=unprivileged(client),
            read_only=True,
            tmpfs=dict.fromkeys(("/tmp", WORKSPACE), "rw,mode=1777"),  # noqa: S108
            **options,
        ),
        pipeline_root=str(root),
        raise_on_error=True,
    )


class Stages:
    """Runs the container of a stage, in the place of kfp's own function.

    That one lets the engine remove the container and takes one that is gone for a success, as over
    podman every container is by then; and it does not put a parameter's value in the place of an
    image's name.

    Args:
        images: Images by the name of the parameter that names them.

    Attributes:
        run: Id of the run, once one of its stages has begun.
    """

    def __init__(self, images: dict[str, str]) -> None:
        self.run = ""
        self._images = {
            f"{{{{$.inputs.parameters['pipelinechannel--{key}']}}}}": image
            for key, image in images.items()
        }

    def __call__(
        self,
        client: docker.DockerClient,
        image: str,
        command: list[str],
        **options: Any,  # noqa: ANN401
    ) -> int:
        """Runs a container to its end.

        Returns:
            0.

        Raises:
            InputError: Its program ended badly. It ends the run: retries are for a cluster's nodes.
        """
        given = dict(pairwise(command))
        self.run = given["--run"]
        code = run_to_end(client, self._images[image], command, **options)
        if code:
            stage = given["--stage"]
            why = " (out of memory?)" if code == LACK_OF_MEMORY else ""
            raise InputError(f"{stage}: exit code {code}{why}")
        return code
