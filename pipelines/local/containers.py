"""Containers on this machine, by docker or podman."""

import codecs
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
from docker.errors import DockerException, ImageNotFound

from components.errors import InputError

HOST = "DOCKER_HOST"
SECONDS_TO_START = 30.0
NOBODY = "65532:65532"
LABEL = "matching-experts"  # of our containers


@contextmanager
def engine() -> Iterator[docker.DockerClient]:
    """The container engine that DOCKER_HOST names, or docker's, or else podman's.

    Podman's API is served while the block runs, and DOCKER_HOST names it for kfp.

    Raises:
        InputError: There is none, or it does not answer.
    """
    if HOST in os.environ or _answers():
        with _client() as client:
            yield client
    elif podman := shutil.which("podman"):
        with _podman_served(podman), _client() as client:
            yield client
    else:
        raise InputError(f"no container engine: expected docker or podman, or {HOST}")


def run_to_end(client: docker.DockerClient, image: str, command: list[str], **options: Any) -> int:  # noqa: ANN401
    """Runs a container to its end, prints what it prints, and removes it.

    Args:
        client: The container engine.
        image: The image, which is here.
        command: The program and its arguments.
        options: What else the engine is told, as `docker run` is.

    Returns:
        The exit code of its program.
    """
    container = client.containers.create(image, command, labels=[LABEL], **options)
    try:
        container.start()
        printed = container.logs(stream=True, follow=True)
        for text in codecs.iterdecode(printed, "utf-8", errors="replace"):
            print(text, end="", flush=True)  # noqa: T201
        code: int = container.wait()["StatusCode"]
    finally:
        container.remove(force=True)
    return code


def check_images(client: docker.DockerClient, images: list[str]) -> None:
    """Refuses images that this machine does not have.

    Raises:
        InputError: One is missing.
    """
    for image in images:
        try:
            client.images.get(image)
        except ImageNotFound:
            raise InputError(f"no image {image}: make it (make images) or pull it first") from None


def owner(client: docker.DockerClient) -> str:
    """The user and group within containers to whom this user's files belong."""
    rootless = any("rootless" in each for each in client.info().get("SecurityOptions") or ())
    return "0:0" if rootless else f"{os.getuid()}:{os.getgid()}"


def unprivileged(client: docker.DockerClient) -> str:
    """The owner of this user's files within containers, or nobody where that is a real root."""
    return NOBODY if os.getuid() == 0 else owner(client)


@contextmanager
def _client() -> Iterator[docker.DockerClient]:
    try:
        client = docker.from_env()
        client.ping()
    except DockerException as error:
        where = os.environ.get(HOST, "docker")
        line = str(error).splitlines()[0]
        raise InputError(f"{where}: the container engine does not answer: {line}") from None
    try:
        yield client
    finally:
        client.close()


def _answers() -> bool:
    try:
        docker.from_env().close()
    except DockerException:
        return False
    return True


@contextmanager
def _podman_served(podman: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "podman.sock"
        command = [podman, "system", "service", "--time=0", f"unix://{socket}"]
        with subprocess.Popen(  # noqa: S603
            command,
            cwd=folder,  # where containers note that they ran out of memory
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is ours
        ) as service:
            end = time.monotonic() + SECONDS_TO_START
            while not socket.exists():
                if service.poll() is not None or time.monotonic() > end:
                    service.kill()
                    text = (service.stderr.read() if service.stderr else b"").decode().strip()
                    raise InputError(f"podman system service: {text.splitlines()[-1:] or 'hangs'}")
                time.sleep(0.05)
            os.environ[HOST] = f"unix://{socket}"
            try:
                yield
            finally:
                del os.environ[HOST]
                service.terminate()
