"""A study that ran elsewhere, in a checkout."""

import csv
import json

import pytest

from tests.small_study import Pods, clone, commit, dvc, git, store_command


@pytest.fixture
def checkout(study, tmp_path):
    """A fresh clone of the study: no data, no cache, no artifacts."""
    return clone(study, tmp_path / "clone")


def adopt(checkout, run="run-1", **options):
    return store_command(checkout, "adopt", "--run", run, **options)


def tracked(checkout):
    names = ("params.yaml", "data.dvc", "dvc.lock")
    files = (checkout / name for name in names)
    return {file.name: file.read_text() for file in files if file.exists()}


def assert_refused(checkout, *words, run="run-1"):
    """Adoption ends in one line with some words, and changes nothing."""
    before = tracked(checkout)
    done = adopt(checkout, run=run, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("error: ")
    for word in words:
        assert word in line
    assert tracked(checkout) == before
    assert "run-1" not in dvc(checkout, "exp", "list", "--all-commits").stdout


def test_an_adopted_study_is_pulled_and_not_run_again(pods, checkout):
    pods.start_all()
    assert "5 of 5 stages" in adopt(checkout).stdout
    dvc(checkout, "pull")
    printed = dvc(checkout, "repro").stdout
    assert "Running" not in printed
    assert "Data and pipelines are up to date" in printed
    assert "'texts': 3" in (checkout / "artifacts" / "report.html").read_text()


def test_a_run_of_a_cluster_is_compared_with_one_of_this_machine(pods, checkout):
    pods.start_all()
    adopt(checkout)
    commit(checkout, "Adopt a study")
    dvc(checkout, "pull")
    dvc(checkout, "exp", "run", "--name", "mine", "--set-param", "letters.b.letter=x")
    found = json.loads(dvc(checkout, "exp", "diff", "run-1", "mine", "--json").stdout)
    assert found["metrics"]["artifacts/metrics/b.json"]["count"] == {"old": 2, "new": 0, "diff": -2}
    assert found["params"]["params.yaml"]["letters.b.letter"] == {"old": "b", "new": "x"}
    shown = dvc(checkout, "exp", "show", "--csv", "--all-commits").stdout
    rows = {row["Experiment"]: row for row in csv.DictReader(shown.splitlines())}
    counts = {name: rows[name]["artifacts/metrics/b.json:count"] for name in ("run-1", "mine")}
    assert counts == {"run-1": "2", "mine": "0"}


def test_of_a_study_that_is_not_over_what_there_is_is_adopted(pods, checkout):
    for stage in ("alphabet", "upper", "count@a"):
        pods.start(stage)
    assert "3 of 5 stages" in adopt(checkout).stdout
    dvc(checkout, "pull", "--allow-missing", check=False)
    printed = dvc(checkout, "repro").stdout
    assert [line for line in printed.splitlines() if line.startswith("Running")] == [
        "Running stage 'count@b':",
        "Running stage 'report':",
    ]


def test_entries_of_other_stages_stay(pods, checkout):
    pods.start("alphabet")
    pods.start("upper")
    adopt(checkout)
    commit(checkout, "Adopt two stages")
    other = Pods(pods.folder, image=pods.image, url=pods.url, run="run-2")
    other.start("upper")
    other.start("count@a")
    adopt(checkout, "run-2")
    lock = (checkout / "dvc.lock").read_text()
    assert all(stage in lock for stage in ("alphabet", "upper", "count@a"))


def test_a_study_of_other_code_is_refused(pods, checkout):
    pods.start("upper")
    code = checkout / "components" / "upper.py"
    code.write_text(code.read_text() + "# changed\n")
    assert_refused(checkout, "run-1", "upper", "components/upper.py")


def test_a_study_with_an_object_that_is_gone_is_refused(pods, checkout, store_folder):
    pods.start("alphabet")
    pods.start("upper")
    for file in store_folder.glob("files/md5/*/*"):
        if file.read_bytes() == b"ANNA":
            file.unlink()
    assert_refused(checkout, "artifacts/upper", "1 of its 4 objects are missing")


def test_an_unknown_study_is_refused_with_where_to_look(checkout):
    assert_refused(checkout, "no study run-9", "pipelines.store studies", run="run-9")


def test_changes_that_are_in_no_commit_are_not_written_over(pods, checkout):
    pods.start("alphabet")
    file = checkout / "params.yaml"
    file.write_text(file.read_text() + "# mine\n")
    assert_refused(checkout, "params.yaml", "committed or stashed")
    git(checkout, "checkout", "params.yaml")
    (checkout / "dvc.lock").write_text("schema: '2.0'\n")
    assert_refused(checkout, "dvc.lock", "in no commit", "git add dvc.lock", "remove it first")
    (checkout / "dvc.lock").unlink()
    assert "1 of 5 stages" in adopt(checkout).stdout


def test_a_lock_that_git_ignores_is_not_written(pods, checkout):
    pods.start("alphabet")
    with (checkout / ".gitignore").open("a") as file:
        file.write("*.lock\n")
    assert_refused(checkout, "dvc.lock: ignored by git", ".gitignore")


def test_a_study_that_was_adopted_can_be_adopted_again(pods, checkout):
    pods.start("alphabet")
    first = adopt(checkout)
    assert adopt(checkout).stdout == first.stdout


def test_outside_a_git_checkout_there_is_one_line(pods, study, tmp_path):
    pods.start("alphabet")
    (study / ".git").rename(tmp_path / "git")
    before = tracked(study)
    done = adopt(study, check=False)
    assert done.returncode == 1
    assert "expected a git checkout with a commit" in done.stderr.strip().splitlines()[-1]
    assert tracked(study) == before
