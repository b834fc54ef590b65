import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from components.initialization.stage import initialization
from components.tokenization.stage import tokenization
from components.tokenizer.stage import tokenizer as tokenizer_stage
from tests.demo import demo  # noqa: F401
from tests.faulty_proxy import proxy  # noqa: F401
from tests.hub_server import hub, model_folder  # noqa: F401 (fixtures of every test)
from tests.reference import reference_folder
from tests.s3_server import s3, server, store, store_folder  # noqa: F401
from tests.small_disk import run_with_small_disk, skip_without_small_disks
from tests.small_study import pods, study, template  # noqa: F401

# The models here are too small to share: a second thread costs more than it brings.
os.environ["OMP_NUM_THREADS"] = "1"
torch.set_num_threads(1)
# A shell has what runs in the background ignore Ctrl-C; what the tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parents[1]
WORDS = "alpha beta gamma delta ratio increased decreased of the in cells and".split()  # noqa: SIM905
CONTEXT_LENGTH = 32
VOCABULARY_SIZE = 290


@pytest.fixture(scope="session")
def reference():
    """The folder of the original study's published data, which `make reference` fetches."""
    folder = reference_folder()
    if folder is None:
        pytest.skip("the published data is not here: make reference")
    return folder


@pytest.fixture(scope="session")
def run_stage():
    """Runs a stage as a user does and returns the finished process."""

    def run(stage, *flags, **options):
        command = [sys.executable, "-m", f"components.{stage}", *map(str, flags)]
        return subprocess.run(
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            **options,
        )

    return run


@pytest.fixture(scope="session")
def run_on_small_disk():
    """Runs a stage with a folder on a disk of 40 KiB; returns the process and what lies there."""
    skip_without_small_disks()

    def run(disk, stage, *flags):
        return run_with_small_disk(disk, "-m", f"components.{stage}", *flags)

    return run


@pytest.fixture(scope="session")
def assert_one_line():
    """Asserts that a process ended with exit code 1 and one line that holds certain words."""

    def check(process, *words):
        assert process.returncode == 1, process.stderr
        errors = process.stderr.strip().splitlines()
        assert len(errors) == 1, process.stderr
        assert errors[0].startswith("error: ")
        for word in words:
            assert str(word) in errors[0]

    return check


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """A small corpus."""
    folder = tmp_path_factory.mktemp("corpus")
    draw = random.Random(1)
    for split, count in (("train", 120), ("validation", 20)):
        texts = [" ".join(draw.choice(WORDS) for _ in range(60)) + "." for _ in range(count)]
        lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
        (folder / f"{split}.jsonl").write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tokenizer(corpus, tmp_path_factory):
    """A tokenizer trained on the small corpus."""
    folder = tmp_path_factory.mktemp("tokenizers") / "small"
    tokenizer_stage(source=corpus, tokenizer=folder, vocabulary_size=VOCABULARY_SIZE)
    return folder


@pytest.fixture(scope="session")
def tokens(corpus, tokenizer, tmp_path_factory):
    """The small corpus as packed tokens."""
    folder = tmp_path_factory.mktemp("tokens") / "small"
    tokenization(corpus=corpus, tokenizer=tokenizer, tokens=folder, context_length=CONTEXT_LENGTH)
    return folder


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """Random weights of a small GPT-2 with dropout."""
    folder = tmp_path_factory.mktemp("weights") / "small"
    initialization(
        weights=folder,
        num_layers=2,
        num_heads=2,
        width=16,
        context_length=CONTEXT_LENGTH,
        vocabulary_size=VOCABULARY_SIZE,
        dropout=0.1,
        initializer_range=0.02,
        seed=1,
    )
    return folder


@pytest.fixture(scope="session")
def long_weights(tmp_path_factory):
    """Random weights of a small GPT-2 without dropout that sees 256 tokens."""
    folder = tmp_path_factory.mktemp("weights") / "long"
    initialization(
        weights=folder,
        num_layers=2,
        num_heads=2,
        width=16,
        context_length=256,
        vocabulary_size=VOCABULARY_SIZE,
        dropout=0,
        initializer_range=0.2,
        seed=2,
    )
    return folder
