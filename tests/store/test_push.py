"""What a checkout uploads to the store."""

import re
import shutil
from contextlib import chdir
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from components.dataset.originals import originals
from components.formats.participants import write_trials
from components.runtime.errors import InputError
from pipelines.store import transfer
from pipelines.store.adopt import adopt
from pipelines.store.commands import studies
from pipelines.store.push import push, push_data
from pipelines.store.studies import read_study
from tests.dataset.conftest import TRIAL, with_persons
from tests.small_study import dvc

pytestmark = pytest.mark.slow


def pushed(root, run=None):
    with chdir(root):
        push(run=run)


def test_a_store_holds_nothing_of_the_participants_persons(study, bucket, store_folder, tmp_path):
    answers = tmp_path / "answers" / "participant_data.csv"
    write_trials(answers, [TRIAL])
    with_persons(answers)
    source = str(answers.parent)
    originals(data=study / "data", parts=("participants",), participants=source)
    dvc(study, "add", "--quiet", "data")
    push_data(study / "data.dvc", bucket=bucket, root=study)
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


def test_a_clone_that_adopted_a_study_pushes_it_under_the_same_name(finished, checkout, capsys):
    pushed(finished)
    name = re.findall("study (local-[0-9a-f]+)", capsys.readouterr().out)[0]
    with chdir(checkout):
        adopt(run=name)
    capsys.readouterr()
    lock = checkout / "dvc.lock"  # with an entry that dvc.yaml does not have
    lock.write_text(lock.read_text().replace("stages:\n", "stages:\n  gone:\n    cmd: x\n"))
    pushed(checkout)
    assert f"study {name}: " in capsys.readouterr().out


def test_results_of_other_parameters_are_not_pushed(finished):
    params = finished / "params.yaml"
    params.write_text(params.read_text().replace("letter: b", "letter: x"))
    with pytest.raises(InputError, match=r"dvc\.lock: count@b.*run dvc repro first"):
        pushed(finished)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ("data/texts/empty.txt", "upper: data/texts changed since it ran: run dvc repro first"),
        ("data/words/größe.txt", "count@a: data/words/größe.txt changed since it ran"),
    ],
)
def test_results_of_other_data_are_not_pushed(finished, changed, words):
    for change in (lambda file: file.write_text("changed"), Path.unlink):
        change(finished / changed)
        dvc(finished, "add", "--quiet", "data")
        with pytest.raises(InputError, match=re.escape(f"dvc.lock: {words}")):
            pushed(finished)


def test_a_study_whose_data_is_in_the_store_alone_is_pushed(finished, capsys):
    pushed(finished)
    shutil.rmtree(finished / ".dvc" / "cache")
    pushed(finished)
    assert "5 stages" in capsys.readouterr().out


def test_results_of_another_result_are_not_pushed(finished):
    (finished / "components" / "upper.py").open("a").write("(out / 'more').write_text('x')\n")
    dvc(finished, "repro", "--quiet", "--single-item", "upper")
    with pytest.raises(InputError, match=r"dvc\.lock: count@a: artifacts/upper changed since it"):
        pushed(finished)


def test_removed_stages_are_left_out_with_a_line_and_no_other_study_is_overwritten(
    finished, bucket, capsys
):
    yaml, file = YAML(), finished / "dvc.lock"
    lock = yaml.load(file)
    lock["stages"].insert(0, "count@c", lock["stages"]["count@a"])
    del lock["stages"]["report"]
    yaml.dump(lock, file)
    with pytest.raises(InputError, match="run: found study run-1 in the store with report"):
        pushed(finished, "run-1")
    pushed(finished, "mine")
    printed = capsys.readouterr()
    assert "4 stages" in printed.out
    assert "left out: count@c, which dvc.yaml does not have any more" in printed.err
    assert "count@c" not in read_study(bucket, "mine").entries


def test_a_truncated_object_of_the_cache_replaces_none_of_the_store(
    finished, store_folder, monkeypatch
):
    monkeypatch.setattr(transfer, "SMALL", 0)  # of these push checks the MD5
    files = (finished / ".dvc" / "cache").glob("files/md5/*/*")
    cached = next(each for each in files if each.read_bytes() == b"ANNA")
    cached.chmod(0o644)
    cached.write_bytes(b"AN")
    with pytest.raises(InputError, match=f"upper: found 5 bytes, expected 7: .*{cached.name}, and"):
        pushed(finished)
    (stored,) = store_folder.glob(f"files/md5/{cached.parent.name}/{cached.name}")
    assert stored.read_bytes() == b"ANNA"


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
