"""A study that ran elsewhere, in a checkout."""

import csv
import json
import re
import shutil
import subprocess
from contextlib import chdir

import pytest

from components.runtime.errors import InputError
from pipelines.store.adopt import adopt
from tests.small_study import commit, dvc

pytestmark = pytest.mark.slow


def adopted(checkout, run="run-1"):
    with chdir(checkout):
        adopt(run=run)


def texts(checkout):
    files = (checkout / name for name in ("params.yaml", "dvc.yaml", "data.dvc", "dvc.lock"))
    return {file.name: file.read_text() for file in files if file.exists()}


def assert_refused(checkout, *words, run="run-1"):
    """Adoption ends in one line with some words, and changes nothing."""
    before = texts(checkout)
    with pytest.raises(InputError) as refusal:
        adopted(checkout, run)
    assert "\n" not in str(refusal.value)
    for word in words:
        assert word in str(refusal.value)
    assert texts(checkout) == before
    if (checkout / ".git").exists():
        assert not list((checkout / ".git/refs").glob("exps/**/run-1"))


def leave(store_folder, run, stages):
    """Leaves of run-1 these stages only, as another run's study."""
    study = store_folder / "studies" / run
    if run != "run-1":
        shutil.copytree(study.with_name("run-1"), study)
    for file in (study / "stages").iterdir():
        if file.stem not in stages:
            file.unlink()


def test_an_adopted_study_is_pulled_and_compared_and_not_run_again(checkout, capsys):
    adopted(checkout)
    assert "5 of 5 stages" in capsys.readouterr().out
    commit(checkout, "Adopt a study")
    dvc(checkout, "pull")
    printed = dvc(checkout, "repro").stdout
    assert "Running" not in printed
    assert "Data and pipelines are up to date" in printed
    assert "'texts': 3" in (checkout / "artifacts" / "report.html").read_text()
    dvc(checkout, "exp", "run", "--name", "mine", "--set-param", "letters.b.letter=x")
    found = json.loads(dvc(checkout, "exp", "diff", "run-1", "mine", "--json").stdout)
    assert found["metrics"]["artifacts/metrics/b.json"]["count"] == {"old": 2, "new": 0, "diff": -2}
    assert found["params"]["params.yaml"]["letters.b.letter"] == {"old": "b", "new": "x"}
    shown = dvc(checkout, "exp", "show", "--csv", "--all-commits").stdout
    rows = {row["Experiment"]: row for row in csv.DictReader(shown.splitlines())}
    counts = {name: rows[name]["artifacts/metrics/b.json:count"] for name in ("run-1", "mine")}
    assert counts == {"run-1": "2", "mine": "0"}


def test_of_an_unfinished_study_the_finished_stages_are_adopted(checkout, store_folder, capsys):
    leave(store_folder, "run-1", ("alphabet", "upper", "count@a"))
    adopted(checkout)
    assert "3 of 5 stages" in capsys.readouterr().out
    dvc(checkout, "pull", "--allow-missing", check=False)
    printed = dvc(checkout, "repro").stdout
    assert [line for line in printed.splitlines() if line.startswith("Running")] == [
        "Running stage 'count@b':",
        "Running stage 'report':",
    ]


def test_entries_of_other_stages_stay_and_a_study_can_be_adopted_again(
    checkout, store_folder, capsys
):
    leave(store_folder, "run-2", ("upper", "count@a"))
    leave(store_folder, "run-1", ("alphabet", "upper"))
    adopted(checkout)
    commit(checkout, "Adopt two stages")
    capsys.readouterr()
    adopted(checkout, "run-2")
    first = capsys.readouterr().out
    lock = (checkout / "dvc.lock").read_text()
    assert all(stage in lock for stage in ("alphabet", "upper", "count@a"))
    adopted(checkout, "run-2")
    assert capsys.readouterr().out == first


SCORES = """\
  scores:
    foreach: ${variants}
    do:
      cmd: python -m components.count ${key}
      outs:
      - artifacts/scores/${key}
  statistics:
    cmd: python -m components.report
    deps:
      - artifacts/scores/one
      - artifacts/scores/two
    outs: [artifacts/statistics]
"""


def with_study_variants(checkout, store_folder, variants):
    """A checkout whose dvc.yaml has the variants one and two; those of run-1 are others."""
    with (checkout / "dvc.yaml").open("a") as file:
        file.write(SCORES)
    commit(checkout, "Add variants")
    with (store_folder / "studies" / "run-1" / "params.yaml").open("a") as file:
        file.write(f"variants: {variants}\n")


@pytest.mark.parametrize("names", [["one"], ["one", "two", "three"]])
def test_dvc_yaml_gets_the_variants_of_an_adopted_study(checkout, store_folder, names):
    with_study_variants(checkout, store_folder, json.dumps({name: {} for name in names}))
    adopted(checkout)
    text = (checkout / "dvc.yaml").read_text()
    assert re.findall("- artifacts/scores/([a-z]+)", text) == names
    (reference,) = (checkout / ".git" / "refs").glob("exps/**/run-1")
    shown = subprocess.check_output(
        ["git", "show", f"{reference.read_text().strip()}:dvc.yaml"], cwd=checkout, text=True
    )
    assert shown == text


def test_a_variant_that_is_no_name_is_not_written_into_dvc_yaml(checkout, store_folder):
    with_study_variants(checkout, store_folder, '{"a\\n    cmd: rm": {}}')
    assert_refused(checkout, "study run-1, params.yaml: variants: expected a table with names")


def test_without_a_whole_study_or_a_repository_adoption_is_refused(
    checkout, store_folder, tmp_path
):
    for file in store_folder.glob("files/md5/*/*"):
        if file.read_bytes() == b"ANNA":
            file.unlink()
    assert_refused(checkout, "artifacts/upper", "1 of its 4 objects are missing")
    assert_refused(checkout, "no study run-9", "pipelines.store studies", run="run-9")
    (checkout / ".git").rename(tmp_path / "git")
    assert_refused(checkout, "expected a git checkout with a commit")


@pytest.mark.parametrize(
    ("name", "added", "words"),
    [
        ("components/upper.py", "# changed\n", ["run-1", "upper", "components/upper.py"]),
        ("params.yaml", "# mine\n", ["params.yaml", "committed or stashed"]),
        ("dvc.lock", "schema: '2.0'\n", ["in no commit", "git add dvc.lock", "remove it first"]),
        (".gitignore", "*.lock\n", ["dvc.lock: ignored by git", ".gitignore"]),
    ],
)
def test_what_would_not_fit_or_be_lost_is_refused(checkout, name, added, words):
    with (checkout / name).open("a") as file:
        file.write(added)
    assert_refused(checkout, *words)
