import pytest

from components.formats.scores import read_all_scores
from components.figures.variants import read_variants
from components.formats.cases import read_benchmark
from components.runtime.errors import InputError


def read(inputs):
    cases = read_benchmark(inputs / "brainbench")
    return read_scores(inputs / "scores", read_variants(inputs / "params.yaml"), cases=cases)


def without(file, word):
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if word not in line), encoding="utf-8")


def test_everything_is_read(inputs):
    untrained, trained = read(inputs)
    assert trained.authors == ("human", "machine")
    assert set(trained.contexts) == {"full", "isolated", "swapped"}
    assert trained.accuracy["human"].share == 1
    assert trained.reference.shape == (8, 2)
    assert trained.bits_per_byte == {"human": 1.25, "machine": 1.3}
    assert [epoch for epoch, _ in trained.training.epochs] == [1, 2]
    assert [epoch for epoch, _ in untrained.training.epochs] == [0]


def test_variants_on_cases_of_other_authors_are_refused(inputs):
    without(inputs / "scores" / "tiny-field" / "full.csv", "machine")
    words = "tiny-field was scored on cases of human in .* as tiny-untrained, human and machine"
    with pytest.raises(InputError, match=words):
        read(inputs)


def test_human_made_cases_have_to_be_among_them(inputs):
    for file in inputs.glob("scores/*/full.csv"):
        without(file, "human")
    with pytest.raises(InputError, match="no human-made case in"):
        read(inputs)


def test_a_reference_text_without_perplexity_is_named(inputs):
    file = inputs / "scores" / "tiny-field" / "reference.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("2.5", "0"), encoding="utf-8")
    with pytest.raises(InputError, match=r"expected above 0: .*reference.csv, row 1"):
        read(inputs)
