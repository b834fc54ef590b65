import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.figures.style import NARROW, WIDE
from components.figures.vocabulary_figure import (
    circle_distance,
    circle_overlap,
    draw_vocabulary,
)
from components.formats.terms import LanguageModelUse, TokenUsage, VocabularyMetrics

USE = LanguageModelUse(
    model="owner/model-8b-instruct@0123456",
    asked="owner/model-8b-instruct@0123456",
    profile="published",
    num_calls=9,
    num_unanswered=1,
    usage=TokenUsage(),
    cost=None,
)


@pytest.mark.slow
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize(
    ("sizes", "shared", "shares"),
    [
        ((400, 400), 313, (0.005, 0.0575)),
        ((50257, 50257), 25000, (0.05, 0.2)),
        ((9, 500), 9, (0, 0)),
    ],
)
@pytest.mark.parametrize("use", [None, USE])
def test_nothing_overlaps_or_is_cut(width, sizes, shared, shares, use, assert_legible):
    names = ("pretrained", "domain")
    metrics = VocabularyMetrics(
        tagger=f"{USE.model} with the published prompt, not the paper’s GPT-4"
        if use
        else "keyness",
        vocabulary_size=dict(zip(names, sizes, strict=True)),
        shared_tokens=shared,
        shared_share=shared / sizes[0],
        num_terms=dict.fromkeys(names, 9),
        shared_terms=1,
        domain_term_share=dict(zip(names, shares, strict=True)),
        language_model=use,
        noise=dict.fromkeys(names, 0.01) if use else None,
    )
    examples = {"both": ["neuron", "axon"] * 20, "domain": ["x" * 90, "cell"]}
    drawn = draw_vocabulary(metrics, examples=examples, width=width, notice="Made-up field.")
    assert_legible(drawn)


@given(st.floats(0.1, 9), st.floats(0.1, 9), st.floats(0, 1))
def test_circles_overlap_by_the_area_that_they_should(first, second, share):
    overlap = share * math.pi * min(first, second) ** 2
    distance = circle_distance(first, second, overlap=overlap)
    assert abs(first - second) <= distance <= first + second
    found = circle_overlap(first, second, distance=distance)
    assert found == pytest.approx(overlap, abs=1e-6 * first**2)
