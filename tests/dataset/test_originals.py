import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from components.dataset.checksums import BRAINBENCH_V0_1, checksums
from components.dataset.originals import originals
from components.formats.field import Field, write_field
from components.runtime.errors import InputError

ROOT = Path(__file__).parents[2]


def contents(data: Path) -> dict[str, bytes]:
    files = (file for file in data.rglob("*") if file.is_file())
    return {file.relative_to(data).as_posix(): file.read_bytes() for file in files}


@pytest.fixture
def sources(benchmark_folder, participants_folder, corpus_folder, model_folder) -> dict:
    """A local source for every part."""
    return {
        "brainbench": str(benchmark_folder),
        "participants": str(participants_folder),
        "domain_corpus": str(corpus_folder),
        "general_corpus": f"file://{corpus_folder}",
        "pretrained": (str(model_folder),),
        "configurations": (str(model_folder),),
    }


def test_every_part_lies_where_the_pipeline_reads_it_the_same_each_time(sources, tmp_path):
    data = tmp_path / "data"
    originals(data=data, name="astronomy", **sources)
    assert sorted(contents(data)) == [
        "brainbench/human.csv",
        "brainbench/machine.csv",
        "configurations/tiny/config.json",
        "corpus/domain/train.jsonl",
        "corpus/domain/validation.jsonl",
        "corpus/general/train.jsonl",
        "corpus/general/validation.jsonl",
        "field.json",
        "participants/participant_data.csv",
        "pretrained/tiny/config.json",
        "pretrained/tiny/model.safetensors",
        "pretrained/tiny/tokenizer.json",
    ]
    field = json.loads((data / "field.json").read_text())
    assert (field["name"], field["made_up"], field["notice"]) == ("astronomy", False, "")
    for place, source in field["sources"].items():
        assert source["sha256"] == checksums(data / place)
    before = contents(data)
    originals(data=data, name="astronomy", **sources)
    assert contents(data) == before


def test_parts_not_asked_for_stay(sources, tmp_path):
    data = tmp_path / "data"
    originals(data=data, parts=("brainbench", "participants"), **sources)
    before = contents(data)
    originals(data=data, parts=("pretrained",), **sources)
    after = contents(data)
    assert {file: after[file] for file in before if file != "field.json"} == {
        file: content for file, content in before.items() if file != "field.json"
    }
    field = json.loads(after["field.json"])
    assert list(field["sources"]) == ["brainbench", "participants", "pretrained/tiny"]


def test_a_part_that_fails_leaves_it_and_the_later_ones_as_they_were(sources, tmp_path):
    data = tmp_path / "data"
    originals(data=data, **sources)
    before = contents(data)
    human = Path(sources["brainbench"]) / "cases" / "BrainBench_Human_v0.1.csv"
    human.write_text(human.read_text().replace("rose", "sank"))
    Path(sources["participants"], "data", "participant_data.csv").write_text("pid\n1\n")
    with pytest.raises(InputError, match=r"no column expertise"):
        originals(data=data, **sources)
    after = contents(data)
    assert b"sank" in after["brainbench/human.csv"]
    changed = {file for file in before if before[file] != after.pop(file)}
    assert (changed, after) == ({"brainbench/human.csv", "field.json"}, {})


def test_a_wrong_source_is_named_before_any_part_is_got(sources, tmp_path):
    wrong = {**sources, "domain_corpus": f"{tmp_path}/missing"}
    with pytest.raises(InputError, match=r"no folder at .*missing"):
        originals(data=tmp_path / "data", **wrong)
    assert not (tmp_path / "data").exists()


def test_the_demo_is_not_mixed_with_the_originals(sources, tmp_path):
    data = tmp_path / "data"
    write_field(data / "field.json", Field("a world", made_up=True))
    with pytest.raises(InputError, match=r"holds the made-up field 'a world', expected 'neuro"):
        originals(data=data, **sources)
    assert list(contents(data)) == ["field.json"]


def test_a_checksum_can_be_asked_of_any_source(reference, sources, tmp_path, monkeypatch):
    given = {**sources, "brainbench": str(reference), "brainbench_sha256": BRAINBENCH_V0_1}
    originals(data=tmp_path / "data", parts=("brainbench",), **given)
    given["brainbench"] = sources["brainbench"]
    with pytest.raises(InputError, match=f"expected {BRAINBENCH_V0_1[0]}"):
        originals(data=tmp_path / "data", parts=("brainbench",), **given)
    monkeypatch.setattr("components.dataset.originals.BRAINBENCH", sources["brainbench"])
    with pytest.raises(InputError, match=f"expected {BRAINBENCH_V0_1[0]}"):  # of the default
        originals(data=tmp_path / "data", parts=("brainbench",), **sources)


def test_two_models_of_one_name_are_named(sources, model_folder, tmp_path):
    twice = {**sources, "pretrained": (str(model_folder), "owner/tiny")}
    with pytest.raises(InputError, match=r"two models for pretrained/tiny"):
        originals(data=tmp_path / "data", **twice)


WRITER = """
import sys, time
from pathlib import Path
from components.runtime.atomic import written_folder
from components.runtime.atomic import folder_lock
data = Path(sys.argv[1])
with folder_lock(data), written_folder(data / "brainbench") as partial:
    (partial / "human.csv").write_text("half")
    print("half-way", flush=True)
    time.sleep(60)
"""


def test_a_second_process_waits_its_turn_and_a_killed_one_leaves_no_half(sources, tmp_path):
    data = tmp_path / "data"
    originals(data=data, **sources)
    before = contents(data)
    command = [sys.executable, "-c", WRITER, str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "half-way\n"
        with pytest.raises(InputError, match=r"another process is writing to .*data"):
            originals(data=data, **sources)
        writer.send_signal(signal.SIGKILL)
    left = contents(data)
    assert left.pop("brainbench.partial/human.csv") == b"half"
    assert left == before
    originals(data=data, **sources)
    assert contents(data) == before


def test_the_command_line_gets_a_public_set_from_the_hub(
    originals_process, hub, corpus_folder, tmp_path
):
    hub.folders["datasets/owner/papers"] = corpus_folder
    data = str(tmp_path / "data")
    done = originals_process(
        *("--data", data, "--parts", "domain-corpus", "--domain-corpus", "owner/papers#main"),
        HF_ENDPOINT=hub.url,
        HF_TOKEN="hf_secret",
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data/corpus/domain/train.jsonl").read_text().count("\n") == 2
    field = json.loads((tmp_path / "data/field.json").read_text())
    assert field["sources"]["corpus/domain"]["source"] == "owner/papers#main"
    assert field["sources"]["corpus/domain"]["revision"] == "1" * 40
    assert "secret" not in done.stdout + done.stderr + str(contents(tmp_path / "data"))


@pytest.mark.parametrize(
    ("part", "source", "found"),
    [
        ("pretrained", ("owner/x",), "cannot get the model owner/x from http://127.0.0.1:9"),
        ("general-corpus", "owner/x", "cannot get the data set owner/x from http://127.0.0.1:9"),
        (
            "brainbench",
            "http://secret@127.0.0.1:9/x",
            "no git repository that can be read at http://127.0.0.1:9/x: ",
        ),
        ("participants", ".", r"no participant_data\.csv in \."),
    ],
)
def test_a_source_that_cannot_be_read_is_one_line(tmp_path, monkeypatch, part, source, found):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=f"^{found}") as error:
        originals(data=Path("data"), parts=(part,), **{part.replace("-", "_"): source})
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)
    assert contents(tmp_path / "data") == {}
