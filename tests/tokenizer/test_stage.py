import json

import pytest

from components.formats.tokenizer import read_tokenizer
from components.runtime.errors import InputError
from components.tokenizer.stage import tokenizer as stage
from tests.processes import run_program


@pytest.mark.slow
def test_a_ready_tokenizer_is_taken_over_and_freed_of_its_length_limit(reference, tmp_path):
    source = reference / "tokenizers" / "neuro"
    stage(source=source, tokenizer=tmp_path / "taken", vocabulary_size=50257)
    text = "Dopamine neurons in the ventral tegmental area. " * 300
    published = json.loads((source / "tokenizer.json").read_text())
    assert published["truncation"]["max_length"] == 1024
    assert len(read_tokenizer(tmp_path / "taken").encode(text).ids) > 1024


@pytest.mark.slow
def test_another_process_makes_the_same_files(corpus, tmp_path):
    flags = ("--source", corpus, "--vocabulary-size", 290)
    files = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        run_program("tokenizer", *flags, "--tokenizer", folder, folder=tmp_path)
        files.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert files[0] == files[1]


def test_another_vocabulary_size_than_expected_is_refused(tokenizer, corpus, tmp_path):
    for source, size in ((tokenizer, 300), (corpus, 5000)):
        with pytest.raises(InputError, match=rf"[\d,]+ tokens from .*: expected {size:,}"):
            stage(source=source, tokenizer=tmp_path / "x", vocabulary_size=size)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [0, 2**24 + 1, 10**20])
def test_a_vocabulary_that_no_tokenizer_has_is_refused(corpus, tmp_path, size):
    with pytest.raises(InputError, match=rf"vocabulary_size {size}: expected 1 to 16,777,216"):
        stage(source=corpus, tokenizer=tmp_path / "x", vocabulary_size=size)


def test_a_source_must_be_one_of_the_two(tmp_path, tokenizer, corpus):
    with pytest.raises(InputError, match="found neither"):
        stage(source=tmp_path, tokenizer=tmp_path / "x", vocabulary_size=300)
    for file in (tokenizer / "tokenizer.json", corpus / "train.jsonl"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(InputError, match=r"expected train\.jsonl or tokenizer\.json .*found both"):
        stage(source=tmp_path, tokenizer=tmp_path / "x", vocabulary_size=300)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("train.jsonl", "", r"empty corpus: .*train\.jsonl"),
        ("tokenizer.json", "{}", r"no usable tokenizer .*tokenizer\.json"),
    ],
)
def test_a_broken_source_is_named_and_nothing_is_written(tmp_path, name, content, found):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=found):
        stage(source=tmp_path, tokenizer=tmp_path / "x", vocabulary_size=300)
    assert [place.name for place in tmp_path.iterdir()] == [name]


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path, reference, run_on_small_disk):
    source = reference / "tokenizers" / "gpt2"
    flags = ("--source", source, "--tokenizer", tmp_path / "made", "--vocabulary-size", 50257)
    process = run_on_small_disk(tmp_path, "tokenizer", *flags)
    assert process.returncode == 1
    assert process.stderr.splitlines() == ["error: no space left on the disk"]
    assert process.stdout == ""
