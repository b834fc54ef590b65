"""The original study's results, from its repositories or folders: what `published/` reads."""

import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Any

from components.dataset.benchmark import PUBLISHED as CASES
from components.dataset.benchmark import write_benchmark
from components.dataset.checksums import BRAINBENCH_V0_1
from components.dataset.participants import PUBLISHED as ANSWERS
from components.dataset.participants import write_participants
from components.dataset.repository import opened_tree
from components.dataset.source import parse_source
from components.dataset.tags import SOURCE as TAGS
from components.dataset.tags import write_tags
from components.dataset.tree import Tree
from components.formats.absence import write_absence
from components.formats.field import Field, write_field
from components.formats.params import (
    StudyVariant,
    read_published_params,
    write_params,
)
from components.runtime.atomic import folder_lock, written_folder
from components.runtime.errors import InputError

# Commits of the public repositories; the cases are pinned by their checksums.
SOURCES = (
    "https://github.com/braingpt-lovelab/brainbench_testcases",
    "https://github.com/braingpt-lovelab/brainbench_participant_data#b8fa5645e6432c8254c9c5b20de2a7592b3a4302",
    TAGS,
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
        data: Output folder, replaced as a whole; its params.yaml names what was found.

    Raises:
        InputError: A source cannot be reached, or none holds the cases, the answers or
            perplexities.
    """
    given = read_published_params(params)
    with ExitStack() as stack:
        stack.enter_context(folder_lock(data.parent))
        trees = [stack.enter_context(opened_tree(parse_source(each))) for each in sources]
        with written_folder(data) as folder:
            origins = {
                "brainbench": write_benchmark(
                    _holder(trees, CASES[0]), folder / "brainbench", sha256=BRAINBENCH_V0_1
                ),
                "participants": write_participants(
                    _holder(trees, ANSWERS), folder / "participants", all_columns=False
                ),
                "results": _write_results(trees, folder / "results", known=given.models),
            }
            optional = {
                "training_logs": _write_logs,
                "tags": write_tags,
                "tokenizers": _write_tokenizers,
            }
            for name, write in optional.items():
                tree = next((tree for tree in trees if write(tree, folder / name)), None)
                if tree is None:
                    words = name.replace("_", " ")
                    write_absence(folder / name, f"The source of this study holds no {words}.")
                    print(f"no {words} in {', '.join(sources)}", file=sys.stderr)  # noqa: T201
                else:
                    origins[name] = {"source": tree.where, "revision": tree.revision}
            for model, row in given.models.items():
                log = folder / "training_logs" / f"{model}.log"
                if log.is_file():
                    log.rename(log.with_name(f"{row.name}.log"))
            variants = _variants(folder / "results", given.models)
            write_params(
                folder / "params.yaml", variants, seed=given.seed, statistics=given.statistics
            )
            write_field(folder / "field.json", Field("neuroscience", False, sources=origins))
    print(f"{data}: results of {', '.join(variants)}")  # noqa: T201


def _holder(trees: Sequence[Tree], name: str) -> Tree:
    """The first tree with a file of this name."""
    for tree in trees:
        if any(PurePosixPath(path).name == name for path in tree.paths):
            return tree
    raise InputError(f"no {name} in {', '.join(tree.where for tree in trees)}")


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
    trees: Sequence[Tree], folder: Path, *, known: Mapping[str, StudyVariant]
) -> dict[str, Any]:
    origins: list[str] = []
    for tree in trees:
        for path, place in _matches(tree, RESULTS):
            model, _, rest = place.partition("/")
            name = known[model].name if model in known else model
            _write(folder / name / rest, tree.read(path), where=f"{path} in {tree.where}")
            if tree.where not in origins:
                origins.append(tree.where)
    if not origins:
        where = ", ".join(tree.where for tree in trees)
        raise InputError(f"no model_results/MODEL/*.npy and no results/MODEL/*.npy in {where}")
    return {"source": " and ".join(origins)}


def _write_logs(tree: Tree, folder: Path) -> bool:
    found = _matches(tree, LOGS)
    for path, model in found:
        _write(folder / f"{model}.log", tree.read(path), where=f"{path} in {tree.where}")
    return bool(found)


def _write_tokenizers(tree: Tree, folder: Path) -> bool:
    found = {
        name: [path for path in tree.paths if each.match(path)] for name, each in TOKENIZERS.items()
    }
    if not all(found.values()):
        return False
    for name, paths in found.items():  # of checkpoints, the last: all of a run have the same one
        path = max(paths)
        _write(folder / name / "tokenizer.json", tree.read(path), where=tree.where)
    return True


def _matches(tree: Tree, pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """The files whose path a pattern matches, each with the first group that is not empty."""
    found = ((path, pattern.match(path)) for path in tree.paths)
    return [(path, next(filter(None, match.groups()))) for path, match in found if match]


def _write(file: Path, content: bytes, *, where: str) -> None:
    if file.exists() and file.read_bytes() != content:
        raise InputError(f"two different files {file.name} for {file.parent.name}: {where}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
