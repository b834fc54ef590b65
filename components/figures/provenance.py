"""What a report's numbers came from: parameters, data, code, libraries and devices."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import NonNegativeInt

from components.formats.json_file import read_text, read_yaml
from components.formats.scores import ScoringRecord
from components.formats.statistics import ScoredVariant
from components.runtime.errors import InputError

NOT_RECORDED = "not recorded"


@dataclass(frozen=True)
class DataFolder:
    """What `dvc add` writes about the data folder."""

    md5: str  # hash of the folder
    size: NonNegativeInt  # in bytes
    nfiles: NonNegativeInt  # files in it


@dataclass(frozen=True)
class _DataFile:
    outs: tuple[DataFolder, ...]


@dataclass(frozen=True)
class Provenance:
    """What was run."""

    parameters: str  # the text of `params.yaml`
    data: DataFolder | None  # None where nothing says which it was
    revision: str  # the code's
    # What the variants were trained on; a device with the variants it counts for
    devices: dict[str, list[str]]
    # Versions of the libraries; a list with the variants it counts for
    versions: dict[str, list[str]]
    scoring: dict[str, list[str]]  # how the variants were scored: protocol, prompt and precision


def provenance(*, params: Path, data: Path | None, variants: Sequence[ScoredVariant]) -> Provenance:
    """What was run, from the files that say so.

    Args:
        params: `params.yaml`.
        data: The file that `dvc add` wrote about the data folder; None where there is none.
        variants: How each was scored and trained.

    Raises:
        InputError: A file is missing or not UTF-8, or the data's is not what `dvc add` writes.
    """
    outputs = read_yaml(data, _DataFile).outs if data else ()
    if data and not outputs:
        raise InputError(f"empty outs in {data}: expected the data folder, as dvc add writes it")
    trained = {each.name: each.training for each in variants if each.training}
    return Provenance(
        parameters=read_text(params),
        data=outputs[0] if outputs else None,
        revision=revision(),
        devices=_grouped({name: each.device for name, each in trained.items()}),
        versions=_grouped({name: _listed(each.versions) for name, each in trained.items()}),
        scoring=_grouped({each.name: _scoring(each.record) for each in variants}),
    )


def revision() -> str:
    """The code's revision: `REVISION`, else what git says of this checkout, else not recorded.

    Images hold no git history, so they are built with the variable set.
    """
    given = os.environ.get("REVISION", "").strip()
    git = shutil.which("git")
    if given or not git:
        return given or NOT_RECORDED
    here = str(Path(__file__).parent)
    command = [git, "-C", here, "describe", "--always", "--dirty"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return answer.stdout.strip() if answer.returncode == 0 else NOT_RECORDED


def _scoring(record: ScoringRecord) -> str:
    """How a model was scored, in words."""
    prompt = NOT_RECORDED if record.prompt is None else f"“{record.prompt}”"
    text = f"protocol {record.protocol}, prompt {prompt if record.prompt != '' else 'none'}"
    return f"{text}, precision {record.precision or NOT_RECORDED}"


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _grouped(values: dict[str, str]) -> dict[str, list[str]]:
    """The variants that share a value, by that value."""
    groups: dict[str, list[str]] = {}
    for name, value in values.items():
        groups.setdefault(value, []).append(name)
    return groups
