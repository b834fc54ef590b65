"""Downloads a field's public data and lays it out as the pipeline reads it."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from components.dataset.benchmark import get_benchmark
from components.dataset.checksums import BRAINBENCH_V0_1
from components.dataset.corpora import get_corpus
from components.dataset.field import check_field, record
from components.dataset.participants import get_participants
from components.dataset.pretrained import get_configuration, get_pretrained, pretrained_name
from components.dataset.source import Source, parse_data_set, parse_source
from components.dataset.tags import SOURCE as TAGS
from components.dataset.tags import get_tags
from components.runtime.atomic import folder_lock
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
Getter = Callable[[Path], dict[str, Any]]  # writes a part into a folder, returns its provenance


def originals(
    *,
    data: Path = Path("data"),
    parts: tuple[Part, ...] = USUAL,
    name: str = "neuroscience",
    brainbench: str = BRAINBENCH,
    brainbench_sha256: tuple[str, str] | None = None,
    participants: str = PARTICIPANTS,
    all_columns: bool = False,
    tags: str = TAGS,
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
        brainbench_sha256 = BRAINBENCH_V0_1
    cases = partial(get_benchmark, parse_source(brainbench), sha256=brainbench_sha256)
    answers = partial(get_participants, parse_source(participants), all_columns=all_columns)
    getters: dict[Part, dict[str, Getter]] = {
        "brainbench": {"brainbench": cases},
        "participants": {"participants": answers},
        "tags": {"corpus/tags": partial(get_tags, parse_source(tags))},
        "configurations": _models("configurations", configurations, get_configuration),
        "pretrained": _models("pretrained", pretrained, get_pretrained),
        "general-corpus": {"corpus/general": partial(get_corpus, parse_data_set(general_corpus))},
        "domain-corpus": {"corpus/domain": partial(get_corpus, parse_data_set(domain_corpus))},
    }
    with folder_lock(data):
        check_field(data, name)
        for part in (part for part in PARTS if part in parts):
            for place, get in getters[part].items():
                provenance = get(data / place)
                record(data, name, place, provenance)
                _print_source(data / place, provenance)


def _models(
    folder: str, sources: tuple[str, ...], get: Callable[[Source, Path], dict[str, Any]]
) -> dict[str, Getter]:
    models: dict[str, Getter] = {}
    for source in map(parse_source, sources):
        place = f"{folder}/{pretrained_name(source)}"
        if place in models:
            raise InputError(f"two models for {place}: expected different names, found {source}")
        models[place] = partial(get, source)
    return models


def _print_source(folder: Path, provenance: dict[str, Any]) -> None:
    revision = f" at {provenance['revision'][:12]}" if provenance["revision"] else ""
    files = ", ".join(provenance["sha256"])
    print(f"{folder}: {files} from {provenance['source']}{revision}", file=sys.stderr)  # noqa: T201
