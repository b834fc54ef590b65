"""Studies that are damaged end in one line that names the object."""

from datetime import UTC, datetime

import pytest

from components.runtime.errors import InputError
from pipelines.store.bucket import Listed
from pipelines.store.studies import Study, files_by_run, list_studies, read_study, write_study

DATA = "outs:\n- {path: data, md5: 0123456789abcdef0123456789abcdef.dir, size: 1}\n"
ENTRY = {"cmd": "make", "outs": [{"path": "made", "md5": "1" * 32, "size": 3}]}
STUDY = Study("run", "größe: 1\n", DATA, {"stage@ä": ENTRY})
OUTS = "stages: {{a: {{cmd: make, outs: {}}}}}"


@pytest.fixture(autouse=True)
def _study(bucket):
    write_study(bucket, STUDY)


def test_a_study_is_read_as_it_was_written(bucket):
    assert read_study(bucket, "run") == STUDY


@pytest.mark.parametrize(
    ("key", "content", "words"),
    [
        ("stages/a.yaml", "", "stages/a.yaml: "),
        ("stages/a.yaml", b"\xff", "stages/a.yaml: "),
        ("stages/a.yaml", "{", "stages/a.yaml: "),
        ("stages/a.yaml", "stages: 5", "stages/a.yaml: "),
        ("stages/a.yaml", "stages: {a: 5}", "stages/a.yaml: "),
        ("stages/a.yaml", "stages: {b: {cmd: x}}", "stages/a.yaml: "),
        ("stages/a.yaml", OUTS.format("5"), "found another form at 'stages.a.outs'"),
        ("stages/a.yaml", OUTS.format("[5]"), "found another form at 'stages.a.outs.0'"),
        ("stages/a.yaml", OUTS.format("[{path: made}]"), "stages/a.yaml: outs: found"),
        ("data.dvc", "outs: []", "study run, data.dvc: found no data"),
    ],
)
def test_a_damaged_file_is_named(bucket, key, content, words):
    bucket.write(f"studies/run/{key}", content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=words):
        read_study(bucket, "run").outputs()


def test_only_studies_are_listed(bucket):
    for key in ("notes.txt", "run-2/"):  # the latter marks an empty folder in some tools
        bucket.write(f"studies/{key}", content=b"")
    bucket.write("studies/run/stages/a", content=b"")
    assert {run: len(files) for run, files in list_studies(bucket).items()} == {"run": 4}
    assert not files_by_run(
        [Listed(key, 0, datetime.now(UTC)) for key in ("studies/", "studies/a/")]
    )


@pytest.mark.parametrize("run", ["../x", "a b", "x" * 64, "a..b", "run.lock", ""])
def test_an_id_that_is_no_name_is_refused(bucket, run):
    with pytest.raises(InputError, match="run: found .*, expected up to 63 letters"):
        read_study(bucket, run)
