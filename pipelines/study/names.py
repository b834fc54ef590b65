"""What names, texts and folders in `params.yaml` may be: what every later stage takes as it is."""

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator

from components.formats.params import EXPERTS

LONGEST_NAME = 40  # with a title in front, Kubernetes allows 63 characters
# What Windows, YAML or readers of CSV files take for something else.
TAKEN = re.compile(
    "con|prn|aux|nul|com[0-9]|lpt[0-9]|null|none|nan|na|inf|infinity|true|false|yes|no|on|off|y|n"
)
LAST_CHARACTER = "\uffff"  # that Kubeflow's database takes


def _checked_name(text: str) -> str:
    """Checks the name of a row, which becomes a folder, a stage of DVC and a task of Kubeflow.

    All of them take these characters as they are, and no two such names become one.
    """
    if not re.fullmatch("[a-z][a-z0-9]*(-[a-z0-9]+)*", text) or len(text) > LONGEST_NAME:
        raise ValueError(
            f"a name of at most {LONGEST_NAME} characters: lower-case letters a to z, digits and"
            " single hyphens between them, a letter first"
        )
    if text == EXPERTS or TAKEN.fullmatch(text):
        raise ValueError("another name: tables of results, CSV, YAML or Windows use this one")
    return text


def _checked_line(text: str) -> str:
    """Checks a text that DVC puts, in quotes, into the command of a stage."""
    odd = any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in text)
    refused = {
        "one line without control characters: DVC takes each line for a command": odd,
        "characters up to U+FFFF: Kubeflow's database takes no others": (
            max(text, default="") > LAST_CHARACTER
        ),
        "a text that does not begin with -, as flags do": text.startswith("-"),
        "a text without \\${ and {{, which DVC and Argo change": "\\${" in text or "{{" in text,
    }
    for expected, found in refused.items():
        if found:
            raise ValueError(expected)
    return text


def _checked_folder(text: str) -> str:
    """Checks a folder that a stage reads: pods have data and what stages make, nothing else."""
    if text != _checked_line(text).strip() or set(text) & set('"$`\\') or not _is_inside(text):
        raise ValueError(
            "a folder in data/ or artifacts/, data/corpus/domain say, without quotation marks, $, `"
            " and backslashes in its name"
        )
    return text


def _is_inside(text: str) -> bool:
    place = PurePosixPath(text)
    inside = len(place.parts) > 1 and place.parts[0] in ("data", "artifacts")
    return inside and ".." not in place.parts and str(place) == text


Name = Annotated[str, AfterValidator(_checked_name)]
Line = Annotated[str, AfterValidator(_checked_line)]
Folder = Annotated[str, AfterValidator(_checked_folder)]


def task_name(title: str) -> str:
    """The Kubernetes name of a task: train-gpt2-neuro for the title `train gpt2-neuro`."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
