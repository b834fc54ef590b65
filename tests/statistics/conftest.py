"""The published choices, and made-up ones."""

import numpy as np
import pytest

from components.formats.cases import read_cases
from components.formats.participants import Trial, read_trials
from components.statistics.trials import trial_arrays

PUBLISHED = {
    "untrained": "gpt2_init",
    "pretrained": "gpt2",
    "scratch": "gpt2_scratch",
    "finetuned": "finetune_gpt2",
    "neuro": "gpt2_scratch_neuro_tokenizer",
}


@pytest.fixture(scope="session")
def published(reference):
    """Published margins by model: perplexity of the altered version less the original's."""
    margins = {}
    for name, folder in PUBLISHED.items():
        shown = np.load(reference / "results" / folder / "PPL_A_and_B.npy")
        original = np.load(reference / "results" / folder / "labels.npy")
        margins[name] = (shown[:, 1] - shown[:, 0]) * (1 - 2 * original)
    return margins


@pytest.fixture(scope="session")
def published_cases(reference):
    return read_cases(reference / "brainbench" / "BrainBench_Human_v0.1.csv")


@pytest.fixture(scope="session")
def published_trials(reference, published_cases):
    file = reference / "humans" / "participant_data.csv"
    return read_trials(file, cases={"human": published_cases})


@pytest.fixture(scope="session")
def published_people(published_trials):
    return trial_arrays(published_trials, author="human")


@pytest.fixture(scope="session")
def people():
    """Made-up trials: `people([(participant, case, correct), ...])`, with more columns by name."""

    def make(rows, *, expertise=None, confidence=None, sections=None):
        trials = [
            Trial(
                participant=str(participant),
                author="human",
                section=sections[number] if sections else "Brooks",
                case=case,
                expertise=float(expertise[number] if expertise else 50),
                confidence=float(confidence[number] if confidence else 50),
                correct=bool(correct),
            )
            for number, (participant, case, correct) in enumerate(rows)
        ]
        return trial_arrays(trials, author="human")

    return make


@pytest.fixture(scope="session")
def simulated(people):
    """30 people on 12 of 40 cases each, with hard cases and able people among them."""
    draw = np.random.default_rng(5)
    hard, able = draw.normal(0, 1.5, 40), draw.normal(0, 0.5, 30)
    rows = [
        (person, int(case), draw.random() < 1 / (1 + np.exp(hard[case] - able[person])))
        for person in range(30)
        for case in draw.choice(40, 12, replace=False)
    ]
    confidence = [int(50 + 20 * right + draw.integers(-30, 30)) for _, _, right in rows]
    return people(rows, confidence=confidence)
