import pytest

from components.figures.accuracy import Accuracy
from components.figures.field import Field
from components.figures.headline import headline
from components.figures.participants import Experts
from components.figures.scores import Score, Validation
from components.figures.variants import Variant

FIELD = Field("brook lore", made_up=False, notice="", sources={})
EXPERTS = Experts({"human": Accuracy(600, 1000)}, num_participants=10)


def score(name, correct, *, weights="random", tokenizer="domain", epochs=5):
    return Score(
        variant=Variant(name, "gpt2", weights, tokenizer, epochs),
        accuracy={"human": Accuracy(correct, 200), "machine": Accuracy(1, 2)},
        validation=Validation(8.0, 1.0),
        epochs=(),
        training_seconds=1.0,
        num_parameters=1,
        device="cpu",
        versions={},
    )


@pytest.mark.parametrize(
    ("correct", "words"),
    [
        (120, "do not tell the two apart"),
        (199, "the model is the more accurate"),
        (80, "the experts are the more accurate"),
    ],
)
def test_the_comparison_says_what_the_interval_of_the_difference_says(correct, words):
    assert words in headline([score("own", correct)], EXPERTS, field=FIELD)[1]


def test_the_main_result_is_the_variant_that_knows_nothing_but_the_field():
    scores = [
        score("finetuned", 190, weights="pretrained", tokenizer="pretrained"),
        score("scratch", 180, tokenizer="pretrained"),
        score("own", 120),
    ]
    assert "tokenizer included, own chose" in headline(scores, EXPERTS, field=FIELD)[0]
    assert "brook lore, scratch chose" in headline(scores[:2], EXPERTS, field=FIELD)[0]
    assert "most accurate variant, finetuned" in headline(scores[:1], EXPERTS, field=FIELD)[0]


def test_of_several_such_variants_the_choice_of_the_best_is_told():
    scores = [score("small", 120), score("large", 130)]
    first = headline(scores, EXPERTS, field=FIELD)[0]
    assert "the most accurate of 2 such variants, large chose" in first


def test_a_variant_is_above_chance_when_its_whole_interval_is():
    scores = [score("good", 160), score("guessing", 101), score("bad", 40)]
    assert headline(scores, EXPERTS, field=FIELD)[2] == (
        "Above chance (50%): good; not distinguishable from chance: guessing; below chance: bad."
    )
