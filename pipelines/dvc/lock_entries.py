"""Lock entries, as `dvc.lock` holds them: what each stage read and wrote, by content hash."""

import copy
import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, NonNegativeInt, TypeAdapter, ValidationError

from components.formats.json_file import parse_yaml
from components.runtime.errors import InputError

Entry = dict[str, Any]  # cmd, deps, params, outs, as in dvc.lock
FILE = re.compile("[0-9a-f]{32}")
ID = re.compile(rf"{FILE.pattern}(\.dir)?")


class DamagedError(InputError):
    """Something in the store is missing, corrupt or malformed; computing it again repairs it."""


def _inside(path: str) -> str:
    """Refuses a path that leaves the folder that it is relative to."""
    place = PurePosixPath(path)
    if not place.parts or place.is_absolute() or ".." in place.parts:
        raise ValueError
    return path


class _Part(BaseModel, strict=True):
    """An input or an output, as far as it is read here."""

    path: Annotated[str, Field(min_length=1)]
    md5: Annotated[str, Field(pattern=f"^{ID.pattern}$")] | None = None
    hash: Literal["md5"] | None = None
    size: NonNegativeInt | None = None
    nfiles: NonNegativeInt | None = None


class _Made(_Part):
    """An output of a stage that has run."""

    path: Annotated[str, AfterValidator(_inside)]
    md5: Annotated[str, Field(pattern=f"^{ID.pattern}$")]
    size: NonNegativeInt


class _EntryForm(BaseModel, strict=True):
    """The form of a lock entry."""

    cmd: str
    deps: list[_Part] = []
    params: dict[str, dict[str, Any]] = {}
    outs: list[_Part] = []


ENTRIES = TypeAdapter(dict[str, _EntryForm])


@dataclass(frozen=True)
class Output:
    """A file or a folder that a lock entry names."""

    path: str  # relative to the checkout
    identifier: str  # of its object, or of its folder's manifest
    size: int  # bytes in all

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.identifier.endswith(".dir")


@dataclass(frozen=True)
class Member:
    """A file of a folder: its path in the folder, the id of its object."""

    path: PurePosixPath
    identifier: str


def outputs(entry: Entry, *, where: str) -> list[Output]:
    """The outputs that a lock entry or a `.dvc` file, named `where` in errors, holds.

    Raises:
        InputError: An output has no path, no MD5 or no size.
    """
    found = []
    outs = entry.get("outs") or []
    for each in outs if isinstance(outs, list) else [outs]:
        try:
            made = _Made.model_validate(each)
        except ValidationError:
            raise InputError(
                f"{where}: outs: found {each!r}, expected path, md5 and size"
            ) from None
        found.append(Output(made.path, made.md5, made.size))
    return found


def data_outputs(text: str, *, where: str) -> list[Output]:
    """The data that a `data.dvc` names.

    Raises:
        InputError: The text has another form.
    """
    if not (found := outputs(read_mapping(text, where=where), where=where)):
        raise InputError(f"{where}: found no data, expected outs")
    return found


def members(output: Output, manifest: bytes) -> list[Member]:
    """The files of a folder, by its manifest: a JSON list of `md5` and `relpath`.

    Raises:
        DamagedError: The manifest is no such list, or names a place outside the folder.
    """
    try:
        found = [
            Member(PurePosixPath(_inside(each["relpath"])), str(each["md5"]))
            for each in json.loads(manifest)
        ]
        if all(FILE.fullmatch(each.identifier) for each in found):
            return found
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise DamagedError(
        f"{output.path}: object {output.identifier}: found no list of files, expected the"
        " manifest of a folder"
    )


def read_entries(text: str, *, where: str) -> dict[str, Entry]:
    """The lock entries of a text in the form of dvc.lock, by stage.

    Raises:
        InputError: The text has another form.
    """
    stages: dict[str, Entry] = read_mapping(text, where=where).get("stages", {})
    try:
        ENTRIES.validate_python(stages)
    except ValidationError as error:
        place = ".".join(map(str, ("stages", *error.errors()[0]["loc"])))
        raise InputError(
            f"{where}: found another form at {place!r}, expected stages with cmd, deps, params and"
            " outs, as in dvc.lock"
        ) from None
    return stages


def lock_text(entries: dict[str, Entry]) -> str:
    """Lock entries in the form of dvc.lock."""
    return yaml_text({"schema": "2.0", "stages": entries})


def read_mapping(text: str, *, where: str) -> dict[str, Any]:
    """A mapping in YAML 1.2.

    Raises:
        InputError: The text is no YAML or no mapping.
    """
    found = parse_yaml(text, where=where)
    if not isinstance(found, dict):
        raise InputError(f"{where}: found {type(found).__name__}, expected a mapping")
    return found


def yaml_text(value: dict[str, Any]) -> str:
    """A mapping as YAML, as DVC writes it."""
    from dvc.utils.serialize import dumps_yaml

    text: str = dumps_yaml(value)
    return text


def run_cache_key(entry: Entry) -> str:
    """The run cache's key: a hash of command, inputs, parameters and the places of the outputs."""
    return _hash(entry, key=True)


def run_cache_value(entry: Entry) -> str:
    """The hash of all of a lock entry but sizes."""
    return _hash(entry, key=False)


def place_in(cache: Path, identifier: str) -> Path:
    """Where a DVC cache, for example `.dvc/cache`, keeps an object."""
    return cache / "files" / "md5" / identifier[:2] / identifier[2:]


def _hash(entry: Entry, *, key: bool) -> str:
    from dvc.stage.cache import _get_cache_hash  # here: it imports most of DVC

    found: str = _get_cache_hash(copy.deepcopy(entry), key=key)
    return found
