"""The compiled graph on this machine, in containers."""

import os
from functools import partial
from pathlib import Path
from typing import Any

import docker
from kfp import local
from kfp.components import load_component_from_file
from kfp.local import docker_task_handler

from components.container import WORKSPACE
from components.errors import InputError
from pipelines.compilation import COMPILED

PASSED_ON = (
    "AWS_ENDPOINT_URL_S3",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REQUEST_CHECKSUM_CALCULATION",
    "AWS_RESPONSE_CHECKSUM_VALIDATION",
)


def run_here(
    *,
    models_image: str,
    analysis_image: str,
    compiled: Path = COMPILED,
    params: Path = Path("params.yaml"),
    data: Path = Path("data.dvc"),
    store: str,
    folder: Path = Path(".state/local"),
    user: str = "65532:0",
    network: str = "host",
) -> None:
    """Runs the compiled study in containers on this machine, by docker or podman.

    Args:
        models_image: The image with PyTorch.
        analysis_image: The image without.
        compiled: The file that `compile` wrote.
        params: The study's parameters.
        data: Which data.
        store: URL of the store; endpoint and keys come from the environment.
        folder: Where tasks leave their lock entries, metrics and summaries.
        user: User and group that containers run as.
        network: The network that containers are in.

    Raises:
        InputError: There is no container engine, or a task failed.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)  # the containers' user is another
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    images = {"models_image": models_image, "analysis_image": analysis_image}
    docker_task_handler.run_docker_container = partial(run_container, images=images)
    local.init(
        runner=local.DockerRunner(
            environment=environment,
            user=user,
            network_mode=network,
            read_only=True,
            tmpfs=dict.fromkeys(("/tmp", WORKSPACE), "rw,mode=1777"),  # noqa: S108
        ),
        pipeline_root=str(folder),
        raise_on_error=True,
    )
    study = load_component_from_file(str(compiled))
    try:
        study(
            params=params.read_text(encoding="utf-8"),
            data=data.read_text(encoding="utf-8"),
            store=store,
            gpus="0",
            **images,
        )
    except RuntimeError as error:
        raise InputError(str(error)) from None


def run_container(
    client: docker.DockerClient,
    image: str,
    command: list[str],
    volumes: dict[str, Any],
    *,
    images: dict[str, str],
    **arguments: Any,  # noqa: ANN401
) -> int:
    """Runs a container to its end, prints what it prints, and removes it.

    It stands in for kfp's own, which lets the engine remove the container and takes one that is
    gone for a success, as over podman every container is by then; and which does not put a
    parameter's value in the place of an image's name.

    Args:
        client: The container engine.
        image: The image, or the placeholder of the parameter that names it.
        command: The program and its arguments.
        volumes: Folders that it sees.
        images: Images by the name of the parameter that names them.
        arguments: What else the engine is told.

    Returns:
        The exit code of its program.
    """
    named = {
        f"{{{{$.inputs.parameters['pipelinechannel--{key}']}}}}": images[key] for key in images
    }
    container = client.containers.run(
        image=named.get(image, image), command=command, detach=True, volumes=volumes, **arguments
    )
    try:
        for line in container.logs(stream=True):
            print(line.decode(errors="replace"), end="")  # noqa: T201
        code: int = container.wait()["StatusCode"]
    finally:
        container.remove(force=True)
    return code
