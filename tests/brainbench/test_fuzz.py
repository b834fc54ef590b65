"""Model folders and tokenizers, altered: scored as transformers and tokenizers do, or refused."""

import csv
import functools
import json
import math
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

from components.brainbench.stage import brainbench
from tests.brainbench.cases import make_case, make_cases, write_cases
from tests.fuzz import few_examples, run_in_process

pytestmark = pytest.mark.slow

NUMBERS = st.sampled_from([-1, 0, 1, 2, 3, 7, 8, 100, 256, 10**5, 10**9, 2**63, 0.0, 0.5, 1e30])
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    NUMBERS,
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["gpt2", "bert", "float16", "relu", "awq", "a/b"]),
    st.lists(NUMBERS, max_size=2),
    st.dictionaries(st.sampled_from(["quant_method", "0", "rope_type"]), NUMBERS, max_size=2),
)
OTHER_FIELDS = """
attn_implementation auto_map dtype head_dim is_decoder layer_types max_position_embeddings
num_hidden_layers quantization_config return_dict rope_parameters sliding_window text_config
torch_dtype torchscript transformers_weights output_attentions chunk_size_feed_forward num_labels
""".split()  # noqa: SIM905


PARTS = {
    "normalizer": [
        None,
        {"type": "NFKC"},
        {"type": "Lowercase"},
        {"type": "Prepend", "prepend": "▁"},
    ],
    "pre_tokenizer": [None, {"type": "Whitespace"}, {"type": "Digits", "individual_digits": True}],
    "post_processor": [
        None,
        {"type": "BertProcessing", "sep": ["a", 1], "cls": ["<|endoftext|>", 0]},
        {"type": "BertProcessing", "sep": ["a", 10**9], "cls": ["b", 0]},
    ],
    "truncation": [
        None,
        {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0},
    ],
}


@pytest.fixture(scope="module")
def model(long_weights, tokenizer, tmp_path_factory):
    """A small model with its tokenizer, and one case."""
    folder = tmp_path_factory.mktemp("fuzz")
    shutil.copytree(long_weights, folder / "model")
    shutil.copytree(tokenizer, folder / "model", dirs_exist_ok=True)
    (folder / "cases").mkdir()
    write_cases(folder / "cases" / "human.csv", make_cases(1))
    return folder / "model"


def assert_right_or_refused(model, change, *, read):
    """Scores a changed copy of a model; the libraries alone, without this project, agree.

    Args:
        model: The model's folder.
        change: Changes the folder of the copy.
        read: Gives the network of the copy's folder.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        shutil.copytree(model, folder)
        change(folder)
        scores = Path(place) / "scores"
        cases = model.parent / "cases"
        refused = run_in_process(
            brainbench, "--model", folder, "--cases", cases, "--scores", scores
        )
        if refused:
            assert not scores.exists()
            return
        with (scores / "full.csv").open(encoding="utf-8") as lines:
            (row,) = csv.DictReader(lines)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        found = tokenizer.encode(make_case(0).original)
        with torch.inference_mode():
            logits = read(folder)(torch.tensor([found.ids]), use_cache=False).logits
        steps = logits[0, :-1].log_softmax(-1)
        counted = np.array(found.special_tokens_mask[1:]) == 0
        counted &= np.array(found.offsets)[1:, 1] > 0
        values = steps[range(len(steps)), found.ids[1:]].numpy()[counted]
        assert int(row["original_tokens"]) == len(values)
        expected = math.exp(-values.mean(dtype=np.float64))
        assert float(row["original_perplexity"]) == pytest.approx(expected, rel=1e-3)


def altered_json(draw, content, *, fields):
    """A change of one to three fields of an object: dropped or given another value."""
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(fields))
        if draw(st.booleans()):
            content[name] = draw(VALUES)
        else:
            content.pop(name, None)


def altered_bytes(draw, file, *, first):
    """A file cut off, or with other bytes somewhere among the first."""
    content = bytearray(file.read_bytes())
    place = draw(st.integers(0, min(first, len(content)) - 1))
    if draw(st.booleans()):
        del content[place:]
    else:
        content[place : place + 1] = draw(st.binary(max_size=3))
    file.write_bytes(content)


def read_anew(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


@few_examples
@given(st.data())
def test_model_folders_are_scored_right_or_refused(model, data):
    def change(folder):
        kind = data.draw(st.sampled_from(["configuration", "weights", "bytes", "files"]))
        if kind == "configuration":
            content = json.loads((folder / "config.json").read_text())
            altered_json(data.draw, content, fields=[*content, *OTHER_FIELDS])
            (folder / "config.json").write_text(json.dumps(content))
        elif kind == "bytes":
            altered_bytes(data.draw, folder / "config.json", first=1000)
        elif kind == "weights":
            altered_bytes(data.draw, folder / "model.safetensors", first=4000)
        else:
            names = sorted(file.name for file in folder.iterdir())
            (folder / data.draw(st.sampled_from(names))).unlink()
            others = [
                "adapter_config.json",
                "model.safetensors.index.json",
                "generation_config.json",
            ]
            (folder / data.draw(st.sampled_from(others))).write_bytes(
                data.draw(
                    st.sampled_from([b"", b"{}", b"[]", b'{"weight_map": {"a": "b"}}', b"\xff"])
                )
            )

    assert_right_or_refused(model, change, read=read_anew)


read_once = functools.cache(read_anew)


@few_examples
@given(st.data())
def test_tokenizers_are_read_as_written_or_refused(model, data):
    def change(folder):
        file = folder / "tokenizer.json"
        if data.draw(st.booleans()):
            altered_bytes(data.draw, file, first=file.stat().st_size)
            return
        content = json.loads(file.read_text())
        part = data.draw(st.sampled_from([content, content["model"], content["added_tokens"][0]]))
        altered_json(data.draw, part, fields=list(part))
        for name, values in PARTS.items():
            if data.draw(st.booleans()):
                content[name] = data.draw(st.sampled_from(values))
        file.write_text(json.dumps(content))

    network = read_once(model)
    assert_right_or_refused(model, change, read=lambda _folder: network)
