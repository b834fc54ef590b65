import csv
import json
import random
import tracemalloc

import pytest

from components.formats.cases import CaseRow, write_cases
from components.formats.corpus import write_documents
from components.overlap.stage import overlap
from components.runtime.errors import InputError

ORIGINAL = "We gave alpha to ten cells and the ratio of beta increased"
ALTERED = ORIGINAL.replace("increased", "decreased")
CASE = ("10.5555/1", "Cells", ORIGINAL, ALTERED, ORIGINAL[:-9] + "[[increased, decreased]]")
UNSEEN = tuple(text.replace("ten", "some") for text in CASE)
OTHER = "Nothing to do with it."


@pytest.fixture
def make(tmp_path):
    """Writes a benchmark and a corpus; returns the stage's flags."""

    def write(texts, *, human=(CASE,), machine=()):
        folder = tmp_path / "brainbench"
        folder.mkdir(exist_ok=True)
        for author, cases in (("human", human), ("machine", machine)):
            if cases:
                write_cases(folder / f"{author}.csv", [CaseRow(*case) for case in cases])
        write_documents(tmp_path / "corpus", "train", texts)
        write_documents(tmp_path / "corpus", "validation", [ORIGINAL])
        return {
            "cases": folder,
            "corpus": tmp_path / "corpus",
            "overlap": tmp_path / "overlap",
            "ngram_length": 4,
        }

    return write


def results(paths):
    with (paths["overlap"] / "cases.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return rows, json.loads((paths["overlap"] / "metrics.json").read_text())


def test_what_was_found_is_reported_by_case(make, capsys):
    texts = [OTHER, "we gave ALPHA to\nten cells!", f"So the ratio of beta decreased. {OTHER}"]
    paths = make(texts, human=(UNSEEN, CASE), machine=(CASE,))
    overlap(**paths)
    assert "human-made cases: 0 of 2" in capsys.readouterr().out
    (unseen, seen, machine), metrics = results(paths)
    assert seen == {
        "author": "human",
        "case": "1",
        "doi": "10.5555/1",
        "ngrams": "9",  # of 12 words
        "found": "4",  # three of "we gave alpha to ten cells" and "the ratio of beta"
        "share": str(4 / 9),
        "longest": "6",
        "result_ngrams": "1",  # "ratio of beta increased"
        "result_found": "0",
        "altered_ngrams": "1",
        "altered_found": "1",
        "document": "2",
        "clean": "0",
    }
    assert (unseen["found"], unseen["longest"], unseen["document"]) == ("2", "4", "2")
    assert machine == {**seen, "author": "machine", "case": "0"}
    assert metrics == {
        "ngram_length": 4,
        "documents": 3,
        "words": 5 + 6 + 11,
        "num_cases": {"human": 2, "machine": 1},
        "clean": {"human": 0, "machine": 0},
        "ngrams": {"human": 18, "machine": 9},
        "found": {"human": 6, "machine": 4},
        "result_ngrams": {"human": 2, "machine": 1},
        "result_found": {"human": 0, "machine": 0},
        "altered_ngrams": {"human": 2, "machine": 1},
        "altered_found": {"human": 2, "machine": 1},
    }


def test_a_text_that_is_not_trained_on_does_not_count(make):
    paths = make([OTHER])
    overlap(**paths)
    (row,), metrics = results(paths)
    assert (row["found"], row["document"], row["longest"], row["clean"]) == ("0", "", "0", "1")
    assert metrics["clean"] == {"human": 1}


def test_a_corpus_that_holds_the_abstract_holds_all_of_it(make):
    paths = {**make([f"{OTHER} {ORIGINAL.upper()}"]), "ngram_length": 13}
    overlap(**paths)
    (row,), _ = results(paths)
    assert (row["ngrams"], row["share"], row["longest"]) == ("1", "1.0", "12")
    assert (row["result_found"], row["altered_found"]) == ("1", "0")


def test_a_bad_corpus_or_length_is_refused_and_leaves_nothing(make):
    paths = make([OTHER])
    with pytest.raises(InputError, match="ngram_length 0: expected"):
        overlap(**{**paths, "ngram_length": 0})
    (paths["corpus"] / "train.jsonl").write_bytes(b'{"text": 1}\n')
    with pytest.raises(InputError, match=r"train\.jsonl, line 1"):
        overlap(**paths)
    assert not paths["overlap"].exists()


def peak_memory(paths):
    """Bytes that Python held at most while the stage ran."""
    tracemalloc.start()
    overlap(**paths)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_corpus(make):
    draw = random.Random(1)
    texts = [" ".join(f"w{draw.randrange(9**5)}" for _ in range(2000)) for _ in range(60)]
    overlap(**make([OTHER]))  # what is loaded once
    small = peak_memory(make([*texts[:10], ORIGINAL]))
    large = peak_memory(make([*texts, *[ORIGINAL] * 50]))
    assert large < 1.2 * small
