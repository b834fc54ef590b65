"""Brings a study that ran elsewhere from the store into a checkout."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from components.formats.json_file import read_text
from components.runtime.atomic import written_file
from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import lock_text, read_entries, read_mapping
from pipelines.dvc.remote import address_of
from pipelines.dvc.repo import cache_of, disagreements, experiment_reference, open_repo, stages_of
from pipelines.dvc.workspace import lay_out
from pipelines.store.bucket import Bucket
from pipelines.store.git import git
from pipelines.store.objects import Objects
from pipelines.store.studies import Study, read_study
from pipelines.study.names import Name
from pipelines.study.validation import with_variants

VARIANTS = TypeAdapter(dict[Name, object])
IDENTITY = ("-c", "user.name=matching-experts", "-c", "user.email=adopt@matching-experts.invalid")


def adopt(*, run: str, store: str | None = None) -> None:
    """Brings a study from the store into this checkout, as a DVC experiment.

    Afterwards `dvc pull` fetches its models and figures, `dvc repro` runs nothing of it, and `dvc
    exp show` lists it under the run's id. dvc.yaml gets the study's variants. Either all files are
    changed or none.

    Args:
        run: Id of the run; `python -m pipelines.store studies` lists them.
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.

    Raises:
        InputError: There is no such study, its objects are not all in the store, other code made
            it, or this checkout has changes that would be lost.
    """
    head = _git("rev-parse", "HEAD")
    bucket = Bucket(address_of(store, root=Path()))
    study = read_study(bucket, run)
    texts = _texts(study)
    _check_changes(texts)
    _check_code(study, definition=texts["dvc.yaml"])
    objects = Objects(bucket)
    for output, problem in objects.incomplete(study.outputs()).items():
        raise InputError(f"{bucket.address}: study {run}: {output.path}: {problem}")
    for name, text in texts.items():
        with written_file(Path(name)) as partial:
            partial.write_text(text, encoding="utf-8")
    num_stages = _fetch_metrics(study, objects)
    reference = _write_experiment(run, texts, head=head)
    print(
        f"{run}: {len(study.entries)} of {num_stages} stages adopted, experiment {reference}\n"
        "Next: dvc pull, dvc exp show"
    )


def _texts(study: Study) -> dict[str, str]:
    """The checkout's files with the study in them; entries of other stages stay."""
    lock = Path("dvc.lock")
    text = lock.read_text(encoding="utf-8") if lock.is_file() else "schema: '2.0'"
    entries = read_entries(text, where="dvc.lock") | study.entries
    return {
        "params.yaml": study.params,
        "dvc.yaml": with_variants(read_text(Path("dvc.yaml")), _variants(study)),
        "data.dvc": study.data,
        "dvc.lock": lock_text(entries),
    }


def _variants(study: Study) -> Iterable[str]:
    """The names of a study's variants."""
    where = f"study {study.run}, params.yaml"
    try:
        return VARIANTS.validate_python(read_mapping(study.params, where=where).get("variants", {}))
    except ValidationError:  # such a name would be more than a name in dvc.yaml
        raise InputError(f"{where}: variants: expected a table with names of variants") from None


def _check_changes(texts: dict[str, str]) -> None:
    """Refuses to overwrite uncommitted changes and to write files that git ignores."""
    for name, text in texts.items():
        if _git("check-ignore", name, check=False):
            raise InputError(
                f"{name}: ignored by git, expected a file that is committed: take it out of"
                " .gitignore, so that git and DVC find the study"
            )
        file = Path(name)
        if not file.is_file() or file.read_text(encoding="utf-8") == text:
            continue
        status = _git("status", "--porcelain", "--", name)
        if status.startswith("??"):
            raise InputError(
                f"{name}: in no commit, and would be written over: commit it (git add {name}, git"
                " commit) or remove it first"
            )
        if status:
            raise InputError(f"{name}: found changes, expected them committed or stashed first")


def _check_code(study: Study, *, definition: str) -> None:
    """Refuses a study that other code than this checkout's made, given its text of dvc.yaml."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        lay_out(workspace, code=Path(), params=study.params, data=study.data, entries=study.entries)
        (workspace / "dvc.yaml").write_text(definition, encoding="utf-8")
        with open_repo(workspace) as repo:
            changed = disagreements(repo, study.entries)
    for stage, things in changed.items():
        raise InputError(
            f"study {study.run}: {stage}: {', '.join(things)} differ from this checkout's: check"
            " out the code that made it"
        )


def _fetch_metrics(study: Study, objects: Objects) -> int:
    """Downloads metrics into the cache, where `dvc exp show` reads them; counts the stages."""
    with open_repo(Path()) as repo:
        stages = stages_of(repo)
        places = {out.def_path for stage in stages.values() for out in stage.outs if out.metric}
        cache = cache_of(repo)
    wanted = objects.ids(each for each in study.outputs() if each.path in places)
    objects.download(objects.held(wanted), cache)
    return len(stages)


def _write_experiment(run: str, files: Iterable[str], *, head: str) -> str:
    """Commits files on top of HEAD as a DVC experiment, whose reference it returns."""
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": f"{folder}/index"}  # no branch moves
        _git("read-tree", head, env=index)
        _git("add", "--", *files, env=index)
        tree = _git("write-tree", env=index)
    commit = _git(*IDENTITY, "commit-tree", tree, "-p", head, "-m", f"Adopt study {run}")
    reference = experiment_reference(run, head=head)
    _git("update-ref", reference, commit)
    return reference


def _git(*arguments: str, env: dict[str, str] | None = None, check: bool = True) -> str:
    return git(Path(), *arguments, env=env, check=check).decode().strip()
