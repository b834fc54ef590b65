"""A real server with a tiny model of random weights: its noise is survived and reported."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress

import pytest

from components.runtime.errors import InputError
from components.term_tagging.language_model import BatchedProfile, PublishedProfile
from tests.term_tagging.conftest import journal_lines

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tiny(field, tmp_path_factory):
    """A model that says one of few words, or nothing of meaning."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("model")
    file = str(field / "tokenizers" / "domain" / "tokenizer.json")
    end = "<|endoftext|>"
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=file, eos_token=end, pad_token=end)
    tokenizer.chat_template = "{% for each in messages %}{{ each.content }}\n{% endfor %}"
    torch.manual_seed(1)
    size = {"n_positions": 4096, "n_embd": 16, "n_layer": 1, "n_head": 2}
    ends = list(range(0, len(tokenizer), 2))  # a random model would not find one end soon
    model = GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), **size))
    model.generation_config.update(eos_token_id=ends, do_sample=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def server(tiny, tmp_path_factory):
    """The URL of `transformers serve` with the tiny model."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("cache")
    (home / "hub").mkdir()
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(tiny)]
    command += ["--port", str(port), "--device", "cpu"]
    environment = os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        for _ in range(120):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health"):
                break
            assert process.poll() is None, (home / "log").read_text()
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    "profile", [PublishedProfile("neuroscience"), BatchedProfile("neuroscience", terms_per_call=5)]
)
def test_noise_is_survived_and_reported(server, tiny, tag_words, tmp_path, profile):
    with pytest.raises(InputError, match=rf"^none of \d+ answers of {tiny}\S* can be read"):
        tag_words(["axon", "the", "garden"], endpoint=server, profile=profile, model=str(tiny))
    assert journal_lines(tmp_path)
