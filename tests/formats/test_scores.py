import pytest

from components.formats.params import read_params
from components.formats.scores import read_all_scores, read_context
from components.runtime.errors import InputError


@pytest.fixture
def read(inputs, cases):
    variants = read_params(inputs / "params.yaml").variants
    return lambda: read_all_scores(inputs / "scores", variants, cases=cases)


@pytest.fixture
def place(inputs):
    return inputs / "scores" / "tiny-field"


def without(file, word):
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if word not in line), encoding="utf-8")


def test_what_is_written_is_read(read):
    untrained, trained = read()
    assert trained.authors == ("human", "machine")
    assert set(trained.contexts) == {"full", "isolated", "swapped"}
    assert all(row.correct for row in trained.contexts["full"]["human"])
    assert not any(row.correct for row in untrained.contexts["full"]["machine"])
    assert [text.zlib_bytes for text in trained.reference] == [110 + n for n in range(8)]
    assert trained.record.bits_per_byte == {"full": {"human": 1.25, "machine": 1.3}}
    assert [epoch for epoch, *_ in trained.record.model.validations] == [1, 2]
    assert [epoch for epoch, *_ in untrained.record.model.validations] == [0]


def test_rows_are_read_in_the_order_of_the_cases(place, cases):
    lines = (place / "full.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (place / "turned.csv").write_text("".join([lines[0], *lines[:0:-1]]), encoding="utf-8")
    both = [read_context(place / f"{name}.csv", cases=cases) for name in ("full", "turned")]
    assert both[0] == both[1]
    for author, rows in both[0].items():
        assert [row.case for row in rows] == list(range(len(cases[author])))


def test_sentences_keep_their_case_and_authors_that_were_not_scored_are_left_out(place, cases):
    without(place / "isolated.csv", "human")
    found = read_context(place / "isolated.csv", cases=cases, sentences=True)
    assert {author: [row.case for row in rows] for author, rows in found.items()} == {
        "machine": [0, 0, 1, 1, 2, 2, 3, 3]
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2.0,3.0,30,31,1", "2.0,3.0,30,31,0", "correct is not what the perplexities say"),
        ("2.0,3.0,30,31,1", "-2.0,3.0,30,31,1", "original_perplexity is '-2.0', expected greater"),
        ("human,0,", "human,6,", "no such human-made case in the benchmark"),
        ("10.1/human.0", "10.1/human.1", "no such human-made case in the benchmark"),
    ],
)
def test_a_bad_row_is_named(place, cases, replace, old, new, words):
    replace(place / "full.csv", old, new)
    with pytest.raises(InputError, match=words) as caught:
        read_context(place / "full.csv", cases=cases)
    assert f"{place / 'full.csv'}, row 1" in str(caught.value)


def test_a_case_counts_once(place, cases, replace):
    line = (place / "full.csv").read_text(encoding="utf-8").splitlines(keepends=True)[1]
    replace(place / "full.csv", line, 2 * line)
    with pytest.raises(InputError, match="human-made case 0 a second time: .*, row 2"):
        read_context(place / "full.csv", cases=cases)
    without(place / "full.csv", "human.0")
    with pytest.raises(InputError, match="5 human-made cases in .*: expected the benchmark's 6"):
        read_context(place / "full.csv", cases=cases)


def test_variants_on_cases_of_other_authors_are_refused(place, read):
    without(place / "full.csv", "machine")
    words = "tiny-field was scored on cases of human in .* as tiny-untrained, human and machine"
    with pytest.raises(InputError, match=words):
        read()


@pytest.mark.parametrize("name", ["full.csv", "metrics.json"])
def test_missing_scores_are_named_with_their_variant(place, read, name):
    (place / name).unlink()
    with pytest.raises(InputError, match=f"no scores of variant tiny-field: expected .*{name}"):
        read()
