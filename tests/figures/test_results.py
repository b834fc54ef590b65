import pytest

from components.formats.field import Field
from components.figures.overlap import read_overlap
from components.formats.participants import read_trials
from components.figures.results import study_results
from components.formats.scores import read_all_scores
from components.figures.statistics.clustered import wilson
from components.figures.variants import read_variants
from components.formats.cases import read_benchmark


@pytest.fixture
def results(inputs):
    params, cases = inputs / "params.yaml", read_benchmark(inputs / "brainbench")
    return study_results(
        read_scores(inputs / "scores", read_variants(params), cases=cases),
        cases=cases,
        trials=read_trials(inputs / "participants.csv", cases=cases),
        overlap=read_overlap(inputs / "overlap", cases=cases),
        field=Field("brook lore", made_up=False, notice="", sources={}),
        params=params,
    )


def test_sentences_of_one_abstract_count_as_one_where_nothing_varies(results):
    isolated = results.contexts["isolated"]["human"]["tiny-field"]
    assert (isolated.correct, isolated.total) == (12, 12)
    assert isolated.interval == pytest.approx(wilson(1.0, 6))


def test_the_margin_and_the_seed_are_those_of_the_parameters(results):
    assert (results.study.margin, results.study.seed) == (0.1, 1)


def test_texts_of_all_authors_are_compared_with_the_reference(results):
    found = results.memorisation["tiny-field"]
    assert (found.num_benchmark, found.num_reference) == (10, 8)


def test_clean_cases_are_counted_by_author(results):
    assert results.clean["human"]["tiny-field"].total == 4
    assert results.clean["machine"]["tiny-untrained"].correct == 0
