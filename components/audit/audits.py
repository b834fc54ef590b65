"""How many cases each cue solves, and whether that is more than chance.

The classifier of a case's two versions is a ridge regression of what is to be predicted (1: the
first version is the original, -1: the second is) on the difference of the versions' features,
without intercept: exchanging the versions of a case turns its prediction round, so no order of the
versions can be learned. Its predictions for left-out cases are linear in the labels and have a
closed form, so that every abstract is left out once, and ten thousand relabelled benchmarks cost
one product of matrices.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from components.audit.cues import (
    NGRAMS,
    POSITION,
    RULES,
    position_choices,
    rule_choices,
    word_differences,
)
from components.formats.audit import Cue, TellingWord
from components.formats.cases import Author, Case

Floats = NDArray[np.float64]
FEWEST_ABSTRACTS = 20  # below it, nothing is tested
NUM_EXCHANGES = 9_999  # of a test: p values are multiples of 1 / 10,000
EXCHANGES_AT_ONCE = 1_000
UNDECIDED = 1e-9  # predictions closer to 0 are rounding errors
PENALTY = 1.0  # of the squared weights, on features of unit length; not tuned
WORDS_SHOWN = 6  # of each cue, those of most weight


def audit_cues(
    author: Author,
    cases: Sequence[Case],
    *,
    seed: int,
    num_exchanges: int = NUM_EXCHANGES,
    advance: Callable[[int], None] = lambda _: None,
) -> list[Cue]:
    """What every cue makes of the cases of one author.

    Under the hypothesis of the tests, a cue says nothing on which version is the original, so
    exchanging both versions of all cases of an abstract makes a benchmark as likely as this one.
    Accuracies in such benchmarks give p, and their variance the effective number of cases of
    Wilson's interval: a classifier's choices depend on each other by what it was trained on, and
    so do choices in cases of one abstract. A rule is tested in both directions, for one may choose
    the shorter version as well; a classifier finds the direction itself and is tested in one.

    Args:
        author: Who made the cases.
        cases: Their cases.
        seed: Random seed of the order of A and B and of the exchanges.
        num_exchanges: Random exchanges by which cues are tested.
        advance: Is told the number of exchanges done since it was told last.
    """
    abstracts = np.unique([case.doi for case in cases], return_inverse=True)[1]
    choose: dict[str, Callable[[Floats], Floats]] = {}  # choices in cases with these exchanges
    for name, length in NGRAMS.items():
        features, _ = word_differences(cases, length=length)
        choose[name] = partial(_classified, left_out_predictor(features, abstracts))
    rules = {name: rule_choices(cases, size) for name, size in RULES.items()}
    rules[POSITION] = position_choices(len(cases), seed=seed)
    choose |= {name: partial(np.multiply, rule[:, None]) for name, rule in rules.items()}
    null: dict[str, list[Floats]] = {name: [] for name in choose}
    for signs in _exchanges(abstracts, num_draws=num_exchanges, seed=seed):
        for name, choices in choose.items():
            null[name].append(_accuracy(choices(signs)))
        advance(signs.shape[1])
    as_they_are = np.ones((len(cases), 1))
    found = [
        _cue(author, name, choices(as_they_are)[:, 0], null[name], two_sided=name in rules)
        for name, choices in choose.items()
    ]
    if abstracts.max() + 1 < FEWEST_ABSTRACTS:
        return [each._replace(p=None, accuracy_low=None, accuracy_high=None) for each in found]
    adjusted = multipletests([each.p for each in found], method="holm")[1]
    return [each._replace(holm_p=float(p)) for each, p in zip(found, adjusted, strict=True)]


def audit_words(author: Author, cases: Sequence[Case]) -> Iterator[TellingWord]:
    """The words of most weight in the classifiers of all cases, which say what to change."""
    for cue, length in NGRAMS.items():
        features, ngrams = word_differences(cases, length=length)
        weights = feature_weights(features)
        more, less = ((sign * features > 0).sum(axis=0).A1 for sign in (1, -1))
        for each in np.argsort(-np.abs(weights), kind="stable")[:WORDS_SHOWN]:
            if weights[each]:
                counts = int(more[each]), int(less[each])
                yield TellingWord(author, cue, ngrams[each], float(weights[each]), *counts)


def _exchanges(abstracts: NDArray[np.int64], *, num_draws: int, seed: int) -> Iterator[Floats]:
    """Random exchanges of the versions, abstract by abstract: 1 or -1, shape (num_cases, draws)."""
    draw = np.random.default_rng(seed)
    for start in range(0, num_draws, EXCHANGES_AT_ONCE):
        count = min(EXCHANGES_AT_ONCE, num_draws - start)
        yield draw.choice([-1.0, 1.0], (abstracts.max() + 1, count))[abstracts]


def _classified(predictor: Floats, signs: Floats) -> Floats:
    """What a classifier trained on exchanged cases chooses: 1 the original, shape as `signs`."""
    predictions = predictor @ signs
    return np.where(np.abs(predictions) > UNDECIDED, np.sign(predictions), 0) * signs


def _accuracy(choices: Floats) -> Floats:
    """Share of right choices of each draw, an undecided case as half a right one."""
    shares: Floats = (1 + choices.mean(axis=0)) / 2
    return shares


def _cue(
    author: Author, name: str, choices: Floats, null: Sequence[Floats], *, two_sided: bool
) -> Cue:
    accuracy, drawn = float(_accuracy(choices)), np.concatenate(null)
    beyond = np.abs(drawn - 0.5) >= abs(accuracy - 0.5) - UNDECIDED
    above = drawn >= accuracy - UNDECIDED
    num_beyond = int((beyond if two_sided else above).sum())
    # A coin's choices in n independent cases have the variance 1 / 4n.
    effective = min(len(choices), 1 / (4 * max(drawn.var(), 1e-12)))
    low, high = proportion_confint(accuracy * effective, effective, method="wilson")
    return Cue(
        author=author,
        cue=name,
        accuracy=accuracy,
        accuracy_low=float(low),
        accuracy_high=float(high),
        undecided=int((choices == 0).sum()),
        num_cases=len(choices),
        p=(1 + num_beyond) / (1 + len(drawn)),
        holm_p=None,
    )


def left_out_predictor(features: csr_matrix, abstracts: NDArray[np.int64]) -> Floats:
    """The matrix that turns labels into predictions, each from other abstracts' labels only.

    With H the matrix of the fitted values, leaving out the cases g predicts for them
    (1 - H_gg)^-1 (H y - H_gg y_g), the block form of the leave-one-out formula for ridge
    regression (Golub, Heath & Wahba 1979, Technometrics 21:215).

    Args:
        features: Shape (num_cases, num_features); cases are scaled to unit length.
        abstracts: Number of each case's abstract, from 0, shape (num_cases,).
    """
    hat = _solved(kernel := _kernel(features), kernel)
    for abstract in range(abstracts.max() + 1):
        rows = np.flatnonzero(abstracts == abstract)
        own = hat[np.ix_(rows, rows)]
        hat[np.ix_(rows, rows)] = 0
        hat[rows] = np.linalg.solve(np.eye(len(rows)) - own, hat[rows])
    return hat


def feature_weights(features: csr_matrix) -> Floats:
    """Weights of the classifier of all cases, shape (num_features,): above 0 for the original."""
    weights: Floats = normalize(features).T @ _solved(_kernel(features), np.ones(features.shape[0]))
    return weights


def _kernel(features: csr_matrix) -> Floats:
    rows = normalize(features)
    kernel: Floats = (rows @ rows.T).toarray()
    return kernel


def _solved(kernel: Floats, wanted: Floats) -> Floats:
    """What the kernel with the penalty has to be multiplied by to give what is wanted."""
    return np.asarray(np.linalg.solve(kernel + PENALTY * np.eye(len(kernel)), wanted), np.float64)
