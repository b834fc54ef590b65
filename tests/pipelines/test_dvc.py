"""What we rely on in DVC, internals included; another version that changes it fails here."""

import importlib.metadata
import re
import shutil
import stat

import dvc.config
import pytest
from dvc.parsing.interpolate import to_str
from dvc.repo.experiments.refs import ExpRefInfo

from pipelines.dvc.lock_entries import (
    lock_text,
    outputs,
    place_in,
    read_entries,
    read_mapping,
    run_cache_key,
    run_cache_value,
    yaml_text,
)
from pipelines.dvc.repo import ONE_PROGRAM
from tests.conftest import ROOT
from tests.small_study import dvc as run_dvc
from tests.small_study import make_study

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A checkout in which all stages have run, to be read only."""
    root = make_study(tmp_path_factory.mktemp("finished") / "study", url="s3://bucket")
    run_dvc(root, "repro")
    return root


def entries(checkout):
    return read_entries((checkout / "dvc.lock").read_text(), where="dvc.lock")


def test_dvc_is_the_version_that_is_pinned():
    (pin,) = re.findall(r'"dvc==([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    assert importlib.metadata.version("dvc") == pin


def test_a_record_of_the_run_cache_has_the_hashes_of_its_lock_entry_without_sizes_as_its_place(
    finished,
):
    records = {file.name: file for file in finished.glob(".dvc/cache/runs/*/*/*")}
    for entry in entries(finished).values():
        record = records.pop(run_cache_value(entry))
        assert read_mapping(record.read_text(), where=str(record)) == entry
        for each in entry["deps"]:
            each.pop("size")
            each.pop("nfiles", None)
        key = run_cache_key(entry)
        assert record.parent.parts[-2:] == (key[:2], key)
    assert not records


def test_we_write_lock_files_as_dvc_does(finished):
    found = entries(finished)
    assert lock_text(found) == (finished / "dvc.lock").read_text()
    for entry in found.values():
        assert read_mapping(yaml_text(entry), where="") == entry


def test_a_cache_and_a_remote_have_the_layout_of_the_store(study, store_folder):
    run_dvc(study, "repro")
    run_dvc(study, "push", "--run-cache")
    for entry in entries(study).values():
        for output in outputs(entry, where=""):
            assert place_in(study / ".dvc" / "cache", output.identifier).is_file()
            assert place_in(store_folder, output.identifier).is_file()
        key = run_cache_key(entry)
        assert (store_folder / "runs" / key[:2] / key / run_cache_value(entry)).exists()


def test_an_object_without_write_permission_is_not_hashed_again(finished):
    """We put objects into caches that way once they are verified."""
    objects = list((finished / ".dvc" / "cache" / "files").glob("md5/*/*"))
    assert objects
    assert all(stat.S_IMODE(each.stat().st_mode) == 0o444 for each in objects)


def test_with_verify_dvc_refuses_a_corrupt_object(study, store_folder):
    run_dvc(study, "repro", "alphabet")
    run_dvc(study, "push")
    for file in store_folder.glob("files/md5/*/*"):
        if file.read_bytes() == b"abc":
            file.write_bytes(b"xyz")
    shutil.rmtree(study / ".dvc" / "cache")
    shutil.rmtree(study / "artifacts")
    done = run_dvc(study, "pull", "alphabet", check=False)
    assert done.returncode != 0
    assert not (study / "artifacts" / "alphabet.txt").exists()


def test_this_checkouts_remote_is_verified_and_names_no_endpoint_and_no_key():
    config = dvc.config.Config(dvc_dir=str(ROOT / ".dvc")).read("repo")
    assert config["remote"][config["core"]["remote"]] == {
        "url": "s3://matching-experts/store",
        "verify": "true",
    }


def test_an_experiment_is_a_reference_below_its_baseline():
    sha = "0123456789" * 4
    assert str(ExpRefInfo(sha, "run-1")) == f"refs/exps/01/{sha[2:]}/run-1"


def test_what_dvc_quotes_is_no_command_of_its_own():
    values = {"prompt": 'it\'s; $(x) `y` "z" & more | <\\>', "precision": "float32", "n": 1.5}
    assert ONE_PROGRAM.fullmatch(f'python -m x --source "data/a (b)" {to_str(values)}')
    for value in (values["prompt"], "a; b", "a && b", "$(b)", '"`b`"', "a\nb", "a | b", "> b"):
        assert not ONE_PROGRAM.fullmatch(f"python -m x {value}")
