"""Downloads a field's public data and lays it out as the pipeline reads it."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from components.dataset.data_sets import write_corpus
from components.dataset.field import check_field, checksums, record
from components.dataset.pretrained import pretrained_name, write_configuration, write_pretrained
from components.dataset.published_files import (
    CASES_SHA256,
    TAGS_SOURCE,
    write_cases,
    write_participants,
    write_tags,
)
from components.dataset.repository import Tree, opened_tree
from components.dataset.source import Source, parse_data_set, parse_source
from components.runtime.atomic import folder_lock, written_folder
from components.runtime.errors import InputError

BRAINBENCH = "https://github.com/braingpt-lovelab/brainbench_testcases"
PARTICIPANTS = "https://github.com/braingpt-lovelab/brainbench_participant_data"
DOMAIN_CORPUS = "BrainGPT/train_valid_split_pmc_neuroscience_2002-2022_filtered_subset"
GENERAL_CORPUS = "Salesforce/wikitext:wikitext-103-raw-v1"
PRETRAINED = ("openai-community/gpt2",)

Part = Literal[
    "brainbench",
    "participants",
    "tags",
    "configurations",
    "pretrained",
    "general-corpus",
    "domain-corpus",
]
PARTS: tuple[Part, ...] = get_args(Part)  # small ones first, so that they fail first
USUAL = tuple(part for part in PARTS if part != "tags")
# Writes a part from its source into an empty folder; returns its revision and what else to record.
Write = Callable[[Source, Path], dict[str, Any]]


def originals(
    *,
    data: Path = Path("data"),
    parts: tuple[Part, ...] = USUAL,
    name: str = "neuroscience",
    brainbench: str = BRAINBENCH,
    brainbench_sha256: tuple[str, str] | None = None,
    participants: str = PARTICIPANTS,
    all_columns: bool = False,
    tags: str = TAGS_SOURCE,
    domain_corpus: str = DOMAIN_CORPUS,
    general_corpus: str = GENERAL_CORPUS,
    pretrained: tuple[str, ...] = PRETRAINED,
    configurations: tuple[str, ...] = (),
) -> None:
    """Downloads a field's data, each part completely or not at all.

    A source is an address, with `#REVISION` (branch, tag or commit) behind it for another revision
    than the newest. For `brainbench`, `participants` and `tags` it is a git repository (https or
    ssh URL, local path or file URL) or a plain folder, in which files are found by name. For the
    other parts it is an id on the Hugging Face Hub or a local folder. HF_TOKEN may hold a token for
    the Hub.

    For another field in the same form, give its `name` and sources.

    Args:
        data: Output folder; parts that are not requested stay as they are.
        parts: Parts to download; by default all but tags, which only the tagger published reads.
        name: Name of the field.
        brainbench: Source of the cases: BrainBench_Human_v0.1.csv and BrainBench_GPT-4_v0.1.csv.
        brainbench_sha256: SHA-256 of these two files, in this order. By default that of version
            0.1 for the default source, and no check for any other.
        participants: Source of the experts' answers: participant_data.csv.
        all_columns: Keep all columns of the experts' answers; by default those about their
            persons (age, country, position, experience, sex) and others unread are left out.
        tags: Source of GPT-4's answers about the terms of both vocabularies, in the published form.
        domain_corpus: Data set of the field's literature, ID or ID:CONFIGURATION, with splits
            train and validation and a column text.
        general_corpus: Data set of general language, in the same form.
        pretrained: Models to start from, each with safetensors and a tokenizer; each is stored
            under the last part of its id.
        configurations: Models to take the architecture of, each stored as its config.json under
            the last part of its id; by default none.

    Raises:
        InputError: A source cannot be reached or lacks what is expected there, `data` holds another
            field, or another process writes to it.
    """
    if brainbench_sha256 is None and brainbench == BRAINBENCH:
        brainbench_sha256 = CASES_SHA256
    cases = _from_files(partial(write_cases, sha256=brainbench_sha256))
    answers = _from_files(partial(write_participants, all_columns=all_columns))
    places: dict[Part, dict[str, tuple[Source, Write]]] = {
        "brainbench": {"brainbench": (parse_source(brainbench), cases)},
        "participants": {"participants": (parse_source(participants), answers)},
        "tags": {"corpus/tags": (parse_source(tags), _from_files(write_tags))},
        "configurations": _models("configurations", configurations, write_configuration),
        "pretrained": _models("pretrained", pretrained, write_pretrained),
        "general-corpus": {"corpus/general": (parse_data_set(general_corpus), write_corpus)},
        "domain-corpus": {"corpus/domain": (parse_data_set(domain_corpus), write_corpus)},
    }
    with folder_lock(data):
        check_field(data, name)
        for part in (part for part in PARTS if part in parts):
            for place, (source, write) in places[part].items():
                with written_folder(data / place) as folder:
                    known = write(source, folder)
                    provenance = {"source": str(source), **known, "sha256": checksums(folder)}
                record(data, name, place, provenance)
                _print_source(data / place, provenance)


def _from_files(write: Callable[[Tree, Path], None]) -> Write:
    """Writes a part from the files of a repository or folder."""

    def write_part(source: Source, folder: Path) -> dict[str, Any]:
        with opened_tree(source) as tree:
            write(tree, folder)
            return {"revision": tree.revision}

    return write_part


def _models(folder: str, sources: tuple[str, ...], write: Write) -> dict[str, tuple[Source, Write]]:
    models: dict[str, tuple[Source, Write]] = {}
    for source in map(parse_source, sources):
        place = f"{folder}/{pretrained_name(source)}"
        if place in models:
            raise InputError(f"two models for {place}: expected different names, found {source}")
        models[place] = source, write
    return models


def _print_source(folder: Path, provenance: dict[str, Any]) -> None:
    revision = f" at {provenance['revision'][:12]}" if provenance["revision"] else ""
    files = ", ".join(provenance["sha256"])
    print(f"{folder}: {files} from {provenance['source']}{revision}", file=sys.stderr)  # noqa: T201
