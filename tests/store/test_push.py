"""What a checkout uploads to the store."""

from contextlib import chdir

import pytest
from ruamel.yaml import YAML

from components.dataset.originals import originals
from components.formats.participants import write_trials
from components.runtime.errors import InputError
from pipelines.dvc.remote import read_address
from pipelines.store.bucket import Bucket
from pipelines.store.commands import studies
from pipelines.store.push import push, push_data
from pipelines.store.studies import read_study
from tests.dataset.conftest import TRIAL, with_persons
from tests.small_study import Pods, dvc

pytestmark = pytest.mark.slow


def pushed(root, run=None):
    with chdir(root):
        push(run=run)


def edit_lock(root, change):
    """Changes the stages of a checkout's dvc.lock."""
    yaml, file = YAML(), root / "dvc.lock"
    lock = yaml.load(file)
    change(lock["stages"])
    yaml.dump(lock, file)


def test_what_is_pushed_is_not_run_in_pods(finished, store, tmp_path):
    pods = Pods(tmp_path / "pods", image=finished, url=store, run="run-2")
    for stage in ("upper", "count@a"):
        assert "running" not in pods.start(stage).stdout


def test_a_store_holds_nothing_of_the_participants_persons(study, store, store_folder, tmp_path):
    answers = tmp_path / "answers" / "participant_data.csv"
    write_trials(answers, [TRIAL])
    with_persons(answers)
    source = str(answers.parent)
    originals(data=study / "data", parts=("participants",), participants=source)
    dvc(study, "add", "--quiet", "data")
    push_data(study / "data.dvc", bucket=Bucket(read_address(store)), root=study)
    objects = [file.read_bytes() for file in store_folder.rglob("*") if file.is_file()]
    assert any(b"journal_section" in content for content in objects)
    for word in (b"Utopia", b"Postdoc", b"sixth", b"country"):
        assert not any(word in content for content in objects), word


def test_a_study_is_named_by_its_content(finished, capsys):
    pushed(finished)
    first = capsys.readouterr().out
    pushed(finished)
    assert capsys.readouterr().out == first
    with chdir(finished):
        studies()
    assert capsys.readouterr().out.count("local-") == 2  # one of the data alone


def test_results_of_other_parameters_are_not_pushed(finished):
    params = finished / "params.yaml"
    params.write_text(params.read_text().replace("letter: b", "letter: x"))
    with pytest.raises(InputError, match=r"dvc\.lock: count@b.*run dvc repro first"):
        pushed(finished)


def test_entries_of_a_removed_variant_are_left_out_with_a_line(finished, bucket, capsys):
    edit_lock(finished, lambda stages: stages.insert(0, "count@c", stages["count@a"]))
    pushed(finished, "mine")
    printed = capsys.readouterr()
    assert "5 stages" in printed.out
    assert "left out: count@c, which dvc.yaml does not have any more" in printed.err
    assert "count@c" not in read_study(bucket, "mine").entries


def test_the_id_of_a_study_with_other_stages_is_refused(finished, capsys):
    lock = (finished / "dvc.lock").read_bytes()
    edit_lock(finished, lambda stages: stages.pop("report"))
    with pytest.raises(InputError, match="run: found study run-1 in the store with report"):
        pushed(finished, "run-1")
    (finished / "dvc.lock").write_bytes(lock)
    pushed(finished, "run-1")
    assert "5 stages" in capsys.readouterr().out


def test_results_that_are_nowhere_are_named(finished, store_folder):
    lost = [
        file
        for folder in (finished / ".dvc" / "cache", store_folder)
        for file in folder.glob("files/md5/*/*")
        if file.read_bytes() == b"ANNA"
    ]
    for file in lost:
        file.chmod(0o644)
        file.unlink()
    with pytest.raises(InputError, match=f"neither in .*{lost[0].name}"):
        pushed(finished)
