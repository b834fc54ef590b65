"""Altered lock entries, data.dvc and manifests are refused in one line, or read as they say."""

import copy
import hashlib
import io
import json
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import (
    Output,
    data_outputs,
    lock_text,
    members,
    outputs,
    read_entries,
    run_cache_key,
    run_cache_value,
    yaml_text,
)
from pipelines.dvc.repo import open_repo
from pipelines.dvc.stage import DvcStage
from pipelines.dvc.workspace import lay_out
from tests.fuzz import damaged_bytes

pytestmark = pytest.mark.slow
CODE = "print('made')\n"
DEFINITION = """\
stages:
  make:
    cmd: python -m components.make
    deps: [components/make.py, data/in]
    params: [loud]
    outs: [artifacts/made]
"""
CODE_OF = {"md5": hashlib.md5(CODE.encode()).hexdigest(), "size": len(CODE)}
ENTRY = {
    "cmd": "python -m components.make",
    "deps": [
        {"path": "components/make.py", "hash": "md5", **CODE_OF},
        {"path": "data/in", "hash": "md5", "md5": "a" * 32, "size": 3},
    ],
    "params": {"params.yaml": {"loud": True}},
    "outs": [
        {"path": "artifacts/made", "hash": "md5", "md5": "b" * 32 + ".dir", "size": 1, "nfiles": 1}
    ],
}
DATA = {"outs": [{"md5": "c" * 32 + ".dir", "size": 9, "nfiles": 2, "hash": "md5", "path": "data"}]}
MANIFEST = [{"md5": "d" * 32, "relpath": "a/b.txt"}, {"md5": "e" * 32, "relpath": "größe"}]
DELETED = object()
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_characters="\x85"), max_size=8),  # ruamel reads it as a space
    st.sampled_from([DELETED, DELETED, [], {}, [{}], "../x", "/etc", "0" * 32, "f" * 32 + ".dir"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text("abz_", min_size=1), st.integers(), max_size=2),
)


def places(value, above=()):
    """The path of everything within a value."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield (*above, key)
        if isinstance(value[key], dict | list):
            yield from places(value[key], (*above, key))


def altered(value, place, new):
    value = copy.deepcopy(value)
    table = value
    for key in place[:-1]:
        table = table[key]
    if new is DELETED:
        del table[place[-1]]
    else:
        table[place[-1]] = new
    return value


def alterations(value):
    return st.builds(altered, st.just(value), st.sampled_from(list(places(value))), values)


def dump(value):
    text = io.StringIO()
    YAML(typ="safe", pure=True).dump(value, text)
    return text.getvalue()


def damaged(data, text):
    return data.draw(damaged_bytes(text.encode())).decode(errors="replace")


def or_refused(read):
    """What a reader returns; None where it refuses in one line."""
    try:
        return read()
    except InputError as error:
        line = str(error)
    assert line.splitlines() == [line]
    return None


def said(outs):
    return [Output(each["path"], each["md5"], each["size"]) for each in outs or ()]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """A stage whose workspace fits ENTRY."""
    root = tmp_path_factory.mktemp("lock")
    (root / "code" / "components").mkdir(parents=True)
    (root / "code" / "components" / "make.py").write_text(CODE)
    (root / "code" / "dvc.yaml").write_text(DEFINITION)
    texts = {"params": "loud: true\n", "data": yaml_text(DATA)}
    lay_out(root / "pod", code=root / "code", **texts, entries={})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root / "pod")
        patch.setenv("DVC_SITE_CACHE_DIR", str(root / "site"))
        with open_repo(root / "pod") as repo:
            yield DvcStage(repo, "make")


@given(entry=alterations(ENTRY))
@example(ENTRY)
def test_an_altered_entry_is_refused_or_read_as_it_says(stage, entry):
    entries = or_refused(lambda: read_entries(dump({"stages": {"make": entry}}), where="dvc.lock"))
    if entries is None:
        return
    assert entries == {"make": entry}
    assert read_entries(lock_text(entries), where="") == entries
    assert len(run_cache_key(entry)) == len(run_cache_value(entry)) == 64
    found = or_refused(lambda: outputs(entry, where="dvc.lock"))
    if found is not None:
        assert found == said(entry.get("outs"))
        assert all(each.size >= 0 and not each.path.startswith(("/", "..")) for each in found)
    stage._repo._reset()  # or it would keep what the example before has set
    taken = or_refused(lambda: stage.take_entries(entries) or True)
    assert taken or entry != ENTRY
    if taken:
        assert entry["cmd"] == ENTRY["cmd"]
        assert entry["params"] == ENTRY["params"]
        assert entry["deps"][0]["md5"] == ENTRY["deps"][0]["md5"]


@given(data=st.data())
def test_damaged_texts_are_refused_or_read(data):
    lock = damaged(data, lock_text({"make": ENTRY}))
    if entries := or_refused(lambda: read_entries(lock, where="dvc.lock")):
        for each in entries.values():
            or_refused(lambda entry=each: outputs(entry, where="dvc.lock"))
    or_refused(lambda: data_outputs(damaged(data, yaml_text(DATA)), where="data.dvc"))


@given(content=alterations(DATA))
def test_an_altered_data_dvc_is_refused_or_read_as_it_says(content):
    found = or_refused(lambda: data_outputs(dump(content), where="data.dvc"))
    assert found is None or found == said(content["outs"])


@given(content=alterations(MANIFEST))
def test_an_altered_manifest_is_refused_or_read_as_it_says(content):
    folder = Output("data", "c" * 32 + ".dir", 9)
    found = or_refused(lambda: members(folder, json.dumps(content).encode()))
    assert found is None or [(each.path, each.identifier) for each in found] == [
        (PurePosixPath(each["relpath"]), each["md5"]) for each in content
    ]
