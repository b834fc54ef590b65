"""The field that a study is about, and whether it is a made-up one."""

from dataclasses import dataclass
from pathlib import Path

from components.figures.record import Record, read_json
from components.runtime.errors import InputError


@dataclass(frozen=True)
class Field:
    """A field of research.

    Attributes:
        name: What it is called.
        made_up: Whether its papers, cases and participants were generated.
        notice: What a reader has to know about the data; may be empty.
        sources: Where each part of the data came from, by its place.
    """

    name: str
    made_up: bool
    notice: str
    sources: dict[str, str]

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


def read_field(file: Path) -> Field:
    """The field that `field.json` describes.

    Raises:
        InputError: The file is missing or no JSON, or lacks name, made_up, notice or sources.
    """
    record = read_json(file)
    sources = record.record("sources")
    field = Field(
        name=record.text("name").strip(),
        made_up=record.flag("made_up"),
        notice=record.text("notice").strip(),
        sources={place: _source(sources, place) for place in sources.values},
    )
    if not field.name:
        raise InputError(f"empty name in {file}: expected what the field is called")
    return field


def _source(sources: Record, place: str) -> str:
    """Source and revision of a part in one line."""
    value = sources.values[place]
    if not isinstance(value, dict):
        return str(value)
    known = [str(value[key]) for key in ("source", "revision") if value.get(key)]
    return ", revision ".join(known) or "not recorded"
