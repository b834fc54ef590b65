"""Studies that are damaged end in one line that names the object."""

import pytest

from components.runtime.errors import InputError
from pipelines.store.bucket import Bucket, read_address
from pipelines.store.studies import Study, list_studies, read_study, write_study

DATA = "outs:\n- {path: data, md5: 0123456789abcdef0123456789abcdef.dir, size: 1}\n"
ENTRY = {"cmd": "make", "outs": [{"path": "made", "md5": "1" * 32, "size": 3}]}


@pytest.fixture
def bucket(store):
    bucket = Bucket(read_address(store))
    write_study(bucket, Study("run", "größe: 1\n", DATA, {"stage@ä": ENTRY}))
    return bucket


def test_a_study_is_read_as_it_was_written(bucket):
    assert read_study(bucket, "run") == Study("run", "größe: 1\n", DATA, {"stage@ä": ENTRY})


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"{", b"stages: 5", b"stages: {a: 5}", b"stages: {b: {cmd: x}}"]
)
def test_a_stage_that_cannot_be_read_is_named(bucket, content):
    bucket.write("studies/run/stages/a.yaml", content=content)
    with pytest.raises(InputError, match="studies/run/stages/a.yaml: "):
        read_study(bucket, "run")


@pytest.mark.parametrize("outs", ["5", "[5]", "[{path: made}]"])
def test_a_stage_without_outputs_in_dvcs_form_is_named(bucket, outs):
    content = f"stages:\n  a:\n    cmd: make\n    outs: {outs}\n".encode()
    bucket.write("studies/run/stages/a.yaml", content=content)
    with pytest.raises(InputError, match="stages/a.yaml: outs: found"):
        read_study(bucket, "run").outputs()


def test_data_that_is_none_is_named(bucket):
    bucket.write("studies/run/data.dvc", content=b"outs: []")
    with pytest.raises(InputError, match="study run, data.dvc: found no data"):
        read_study(bucket, "run").outputs()


def test_what_is_no_study_is_not_listed(bucket):
    for key in ("notes.txt", "run-2/"):
        bucket.write(f"studies/{key}", content=b"")
    bucket.write("studies/run/stages/a", content=b"")
    assert [(each.run, each.num_stages) for each in list_studies(bucket)] == [("run", 2)]


@pytest.mark.parametrize("run", ["../x", "a b", "x" * 64, "a..b", "run.lock", ""])
def test_what_is_no_name_is_no_run(bucket, run):
    with pytest.raises(InputError, match="run: found .*, expected up to 63 letters"):
        read_study(bucket, run)
