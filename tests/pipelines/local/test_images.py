"""The images run as on a cluster: read-only, as any user, without a line in passwd."""

import pytest

from components.runtime.container import ANALYSIS, MODELS
from pipelines.local.containers import Ended
from tests.pipelines.local.conftest import IMAGES

PROGRAMS = """\
set -e
python -c "import getpass, pathlib; print(getpass.getuser(), pathlib.Path.home())"
python -m pipelines.pod --help >/dev/null
python -m dvc --version >/dev/null
"""


def output(engine, capfd, image, *command, user="65532:65532"):
    """What a container prints that ends well."""
    mounts = ("--tmpfs=/tmp:rw,mode=1777", "--tmpfs=/workspace:rw,mode=1777")
    options = [*mounts, f"--user={user}", "--network=none"]
    capfd.readouterr()
    ended = engine.run_to_end(image, command, name="matching-experts-test", options=options)
    out, err = capfd.readouterr()
    assert ended is Ended.SUCCEEDED, err
    return out


@pytest.mark.parametrize("user", ["65532:65532", "1234567:0"])
@pytest.mark.parametrize("image", IMAGES)
def test_its_programs_run_as_any_user(engine, capfd, image, user):
    out = output(engine, capfd, image, "sh", "-c", PROGRAMS, user=user)
    assert out == "matching-experts /tmp\n"


@pytest.mark.parametrize("name", [MODELS, ANALYSIS])
def test_it_knows_its_name_version_and_revision(engine, capfd, name):
    found = output(engine, capfd, f"{name}:latest", "printenv", "MATCHING_EXPERTS_IMAGE").strip()
    labels = '{{index .Config.Labels "org.opencontainers.image.%s"}}'
    version, revision = (
        engine.call("image", "inspect", "--format", labels % key, f"{name}:latest")
        for key in ("version", "revision")
    )
    assert found == f"{name}:{version}@{revision}"
    assert revision not in ("", "unknown")


@pytest.mark.parametrize("image", IMAGES)
def test_its_user_is_not_root_and_owns_nothing_of_its_code(engine, capfd, image):
    code = "find /app /opt/venv -maxdepth 2 -writable; id -u"
    assert output(engine, capfd, image, "sh", "-c", code) == "65532\n"


def test_only_the_models_image_has_pytorch_and_none_has_kfp(engine, capfd):
    code = (
        "from importlib.util import find_spec as has; print(bool(has('torch')), bool(has('kfp')))"
    )
    found = [output(engine, capfd, image, "python", "-c", code) for image in IMAGES]
    assert found == ["True False\n", "False False\n"]
