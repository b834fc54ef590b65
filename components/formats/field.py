"""`field.json`: the field that a data folder is about, with where each part came from."""

from dataclasses import dataclass
from dataclasses import field as attribute
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field as Limits

from components.formats.json_file import read_json, write_record


@dataclass(frozen=True)
class Field:
    """A field of research."""

    name: Annotated[str, Limits(min_length=1)]  # what it is called
    made_up: bool  # whether its papers, cases and participants were generated
    notice: str = ""  # what a reader has to know about the data; may be empty
    # Where each part of the data came from, by its place in the data folder: a text, or `source`,
    # `revision` and checksums
    sources: dict[str, Any] = attribute(default_factory=dict)

    @property
    def experts(self) -> str:
        """What its participants are called."""
        return "Simulated experts" if self.made_up else "Human experts"

    @property
    def warning(self) -> str:
        """The line that every figure of a made-up field carries; empty for a real one."""
        if not self.made_up:
            return ""
        return "Made-up field: simulated papers, cases and human participants."

    @property
    def origins(self) -> dict[str, str]:
        """Source and revision of each part in one line."""
        return {place: _origin(source) for place, source in self.sources.items()}

    @property
    def corpus_id(self) -> str | None:
        """Id of the field's corpus on the Hugging Face Hub; None where it came from elsewhere."""
        source = self.sources.get("corpus/domain")
        if not isinstance(source, dict) or not source.get("revision"):  # a local folder has none
            return None
        return str(source["source"]).partition("#")[0].partition(":")[0]


def read_field(file: Path) -> Field:
    """The field that `field.json` describes."""
    return read_json(file, Field)


def write_field(file: Path, field: Field) -> None:
    """Writes `field.json`."""
    write_record(file, field)


def _origin(source: Any) -> str:  # noqa: ANN401
    if not isinstance(source, dict):
        return str(source)
    known = [str(source[key]) for key in ("source", "revision") if source.get(key)]
    return ", revision ".join(known) or "not recorded"
