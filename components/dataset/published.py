"""The original study's results, from its repositories or folders: what `published/` reads."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from components.dataset.field import check_replaceable, checksums
from components.dataset.published_files import (
    CASES,
    CASES_SHA256,
    PARTICIPANTS,
    TAGS_SOURCE,
    write_cases,
    write_participants,
    write_tags,
)
from components.dataset.repository import Tree, opened_tree
from components.dataset.source import parse_source
from components.formats.absence import write_absence
from components.formats.field import Field, write_field
from components.formats.params import StudyVariant, read_published_params, write_params
from components.formats.terms import ANSWERS as TAGS
from components.runtime.atomic import folder_lock, written_folder
from components.runtime.errors import InputError

# Commits of the public repositories; the cases are pinned by their checksums.
SOURCES = (
    "https://github.com/braingpt-lovelab/brainbench_testcases",
    "https://github.com/braingpt-lovelab/brainbench_participant_data#b8fa5645e6432c8254c9c5b20de2a7592b3a4302",
    TAGS_SOURCE,
)
# Where the files of a part lie in a source, and their places in the part's folder.
RESULTS = re.compile(r"(?:^|.*/)(?:model_results|results)/([^/]+/(?:[^/]+/){0,2}[^/]+\.npy)$")
LOGS = re.compile(r"(?:^|.*/)(?:exp/([^/]+)/log\.txt|training_logs/([^/]+)\.log)$")
# A tokenizer of its own, or the one beside a checkpoint of a model that was trained with it.
TOKENIZERS = {
    "pretrained": re.compile(
        r"(?:^|.*/)(?:tokenizers/gpt2|exp/(?:finetune_gpt2(?:_lr[^/]*)?|gpt2_scratch)/checkpoint[^/]*)"
        r"/tokenizer\.json$"
    ),
    "domain": re.compile(
        r"(?:^|.*/)(?:tokenizers/neuro|exp/gpt2(?:-[a-z]+)?_scratch_neuro_tokenizer/checkpoint[^/]*)"
        r"/tokenizer\.json$"
    ),
}
UNKNOWN = "not recorded"
Write = Callable[[Tree, Path], bool]  # writes a part of a tree; whether the tree holds it


def published(
    *,
    sources: tuple[str, ...] = SOURCES,
    params: Path = Path("published/params.yaml"),
    data: Path = Path("published/data"),
) -> None:
    """Gets the original study's cases, human answers, perplexities, tags, logs and tokenizers.

    A source is a git repository (https or ssh URL, local path or file URL), with `#REVISION` behind
    it for another revision than the newest, or a plain folder. A part comes from the first source
    that holds it, published perplexities from all. Cases, answers and perplexities are needed; the
    folder of another part that no source holds says so in absent.txt.

    Args:
        sources: Where to look, in this order.
        params: Path of a YAML file with seed, equivalence margin and the known models; others are
            taken under the names of their folders.
        data: Output folder: absent, empty, or with published results, which are replaced; its
            params.yaml names what was found.

    Raises:
        InputError: A source cannot be reached, none holds the cases, the answers or perplexities,
            or `data` holds anything other than published results.
    """
    given = read_published_params(params)
    names = {folder: row.name for folder, row in given.models.items()}
    needed: dict[str, tuple[str, Callable[[Tree, Path], None]]] = {  # each with one of its files
        "brainbench": (CASES[0], partial(write_cases, sha256=CASES_SHA256)),
        "participants": (PARTICIPANTS, partial(write_participants, all_columns=False)),
    }
    optional: dict[str, Write] = {
        "training_logs": partial(_write_logs, names=names),
        "tags": _write_tags,
        "tokenizers": _write_tokenizers,
    }
    with ExitStack() as stack:
        stack.enter_context(folder_lock(data.parent))
        check_replaceable(data, "published results", lambda field: "results" in field.sources)
        trees = [stack.enter_context(opened_tree(parse_source(each))) for each in sources]
        with written_folder(data) as folder:
            origins = {
                name: _write_needed(trees, file, folder / name, write)
                for name, (file, write) in needed.items()
            }
            origins["results"] = _write_results(trees, folder / "results", names=names)
            for name, write in optional.items():
                tree = next((tree for tree in trees if write(tree, folder / name)), None)
                if tree is None:
                    words = name.replace("_", " ")
                    write_absence(folder / name, f"The source of this study holds no {words}.")
                    print(f"no {words} in {', '.join(sources)}", file=sys.stderr)  # noqa: T201
                else:
                    origins[name] = {"source": tree.where, "revision": tree.revision}
            variants = _variants(folder / "results", given.models)
            write_params(
                folder / "params.yaml", variants, seed=given.seed, statistics=given.statistics
            )
            write_field(folder / "field.json", Field("neuroscience", False, sources=origins))
    print(f"{data}: results of {', '.join(variants)}")  # noqa: T201


def _write_needed(
    trees: Sequence[Tree], name: str, folder: Path, write: Callable[[Tree, Path], None]
) -> dict[str, Any]:
    """Writes a part from the first tree with a file of this name."""
    tree = next((tree for tree in trees if tree.named(name)), None)
    if tree is None:
        raise InputError(f"no {name} in {', '.join(tree.where for tree in trees)}")
    folder.mkdir()
    write(tree, folder)
    return {"source": tree.where, "revision": tree.revision, "sha256": checksums(folder)}


def _variants(results: Path, known: Mapping[str, StudyVariant]) -> dict[str, StudyVariant]:
    """A row for each model that was found: the known ones in their order, then the others."""
    found = sorted(each.name for each in results.iterdir())
    variants = {row.name: row for row in known.values() if row.name in found}
    about = "published under this name; how it was trained is not recorded here"
    for name in found:
        row = StudyVariant(UNKNOWN, UNKNOWN, UNKNOWN, 0, name=name, about=about)
        variants.setdefault(name, row)
    return variants


def _write_results(
    trees: Sequence[Tree], folder: Path, *, names: Mapping[str, str]
) -> dict[str, Any]:
    origins: dict[str, None] = {}
    for tree in trees:
        for path, place in _matches(tree, RESULTS):
            model, _, rest = place.partition("/")
            _copy(tree, path, folder / names.get(model, model) / rest)
            origins[tree.where] = None
    if not origins:
        where = ", ".join(tree.where for tree in trees)
        raise InputError(f"no model_results/MODEL/*.npy and no results/MODEL/*.npy in {where}")
    return {"source": " and ".join(origins)}


def _write_logs(tree: Tree, folder: Path, *, names: Mapping[str, str]) -> bool:
    found = _matches(tree, LOGS)
    for path, model in found:
        _copy(tree, path, folder / f"{names.get(model, model)}.log")
    return bool(found)


def _write_tags(tree: Tree, folder: Path) -> bool:
    if not any(map(tree.named, TAGS.values())):
        return False
    folder.mkdir()
    write_tags(tree, folder)
    return True


def _write_tokenizers(tree: Tree, folder: Path) -> bool:
    found = {name: _matches(tree, pattern) for name, pattern in TOKENIZERS.items()}
    if not all(found.values()):
        return False
    for name, matches in found.items():  # of checkpoints, the last: all of a run have the same one
        path, _ = max(matches)
        _copy(tree, path, folder / name / "tokenizer.json")
    return True


def _matches(tree: Tree, pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """The files whose path a pattern matches, each with the first group that is not empty."""
    found = ((path, pattern.match(path)) for path in tree.paths)
    return [(path, next(filter(None, match.groups()), "")) for path, match in found if match]


def _copy(tree: Tree, path: str, file: Path) -> None:
    content = tree.read(path)
    if file.exists() and file.read_bytes() != content:
        where = f"{path} in {tree.where}"
        raise InputError(f"two different files {file.name} for {file.parent.name}: {where}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
