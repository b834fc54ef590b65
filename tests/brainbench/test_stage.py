import csv
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from huggingface_hub import ModelCard
from safetensors.torch import load_file, save_file

from components.brainbench.stage import brainbench
from components.formats.cases import Case, Choice, read_benchmark
from components.formats.corpus import write_documents
from components.formats.readings import read_readings
from components.runtime.errors import InputError
from components.training.stage import training
from tests.brainbench.cases import make_case, make_cases, write_cases
from tests.training.process import RECIPE

CONTEXTS = ("full", "isolated", "swapped")


@pytest.fixture(scope="module")
def model(tokens, long_weights, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "model"
    training(
        tokens=tokens,
        weights=long_weights,
        model=folder,
        **RECIPE | {"epochs": 0, "micro_batch_size": 8},
    )
    return folder


@pytest.fixture
def cases(tmp_path):
    (tmp_path / "cases").mkdir()
    write_cases(tmp_path / "cases" / "human.csv", make_cases(5))
    write_cases(tmp_path / "cases" / "machine.csv", make_cases(4))
    return tmp_path / "cases"


@pytest.fixture
def score(model, cases, tmp_path):
    """Runs the stage's function, with other arguments than the usual ones."""

    def run(name="scores", **changed):
        given = {"model": str(model), "cases": cases, "scores": tmp_path / name, **changed}
        brainbench(**given)
        return tmp_path / name

    return run


def rows(file):
    with file.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def assert_close(one, other, *, rel=1e-5):
    """Asserts that rows are equal, their perplexities up to a relative difference."""
    for row, same in zip(one, other, strict=True):
        for column in row:
            if "perplexity" in column:
                assert float(row[column]) == pytest.approx(float(same[column]), rel=rel)
            elif rel <= 1e-5:
                assert row[column] == same[column]


def exchanged(case):
    """The case whose original is the other's altered version."""
    choices = tuple(Choice(choice.altered, choice.original) for choice in case.choices)
    brackets = tuple(f"[[{choice.original}, {choice.altered}]]" for choice in choices)
    return Case(case.doi, case.journal_section, case.literals, brackets, choices)


def test_a_case_and_its_exchanged_one_have_exchanged_scores(score, cases):
    write_cases(cases / "human.csv", [make_case(0), exchanged(make_case(0))])
    first, second = rows(score() / "full.csv")
    assert first["original_perplexity"] == second["altered_perplexity"]
    assert first["altered_perplexity"] == second["original_perplexity"]
    assert {first["correct"], second["correct"]} == {"0", "1"}


def test_every_context_of_every_author_is_scored_and_counted(score, model):
    folder = score(contexts=(*CONTEXTS, "full"), authors=("human", "machine"))
    metrics = json.loads((folder / "metrics.json").read_text())
    for context, per_case in (("full", 1), ("isolated", 2), ("swapped", 1)):
        found = rows(folder / f"{context}.csv")
        assert [row["author"] for row in found] == ["human"] * 5 * per_case + [
            "machine"
        ] * 4 * per_case
        assert ("sentence" in found[0]) == (context == "isolated")
        for author in ("human", "machine"):
            right = [row["correct"] == "1" for row in found if row["author"] == author]
            assert metrics["accuracy"][context][author] == np.mean(right)
            assert metrics["num_pairs"][context][author] == len(right)
            assert metrics["bits_per_byte"][context][author] > 0
    assert metrics["model"] == json.loads((model / "training.json").read_text())
    results = ModelCard.load(folder / "README.md").data.eval_results
    accuracies = [each.metric_value for each in results if each.metric_type == "accuracy"]
    assert accuracies == [
        metrics["accuracy"][context][author]
        for context in CONTEXTS
        for author in ("human", "machine")
    ]


@pytest.mark.slow
def test_the_parts_can_be_scored_one_by_one(score):
    whole = score("whole", contexts=CONTEXTS, authors=("human", "machine"))
    for context in CONTEXTS:
        ones = [
            rows(score("one", contexts=(context,), authors=(author,)) / f"{context}.csv")
            for author in ("human", "machine")
        ]
        assert_close(rows(whole / f"{context}.csv"), [row for one in ones for row in one])


def test_the_size_of_a_forward_pass_changes_no_result(score):
    expected = rows(score() / "full.csv")
    for tokens_at_once in (1, 30):
        assert_close(rows(score(tokens_at_once=tokens_at_once) / "full.csv"), expected)


def test_the_order_of_the_cases_changes_no_digit(score, cases):
    made = make_cases(5)
    forward = rows(score("forward") / "full.csv")
    write_cases(cases / "human.csv", made[::-1])
    backward = rows(score("backward") / "full.csv")[::-1]
    for row, same in zip(forward, backward, strict=True):
        assert {**row, "case": ""} == {**same, "case": ""}


@pytest.mark.parametrize("protocol", ["corrected", "faithful"])
def test_token_readings_tell_where_the_surprise_lies(score, cases, protocol):
    folder, faithful = score(protocol=protocol), protocol == "faithful"
    case = make_case(0)
    found = read_readings(folder / "tokens.jsonl", cases=read_benchmark(cases), faithful=faithful)
    row = rows(folder / "full.csv")[0]
    for name, reading in zip(("original", "altered"), found[0].versions, strict=True):
        text = getattr(case, name)
        mean = np.mean(reading.log_probabilities)
        assert np.exp(-mean) == pytest.approx(float(row[f"{name}_perplexity"]), rel=1e-4)
        assert (reading.starts[0] == reading.ends[0] == 0) == faithful  # a token of the prompt
        pieces = [text[a:b] for a, b in zip(reading.starts, reading.ends, strict=True)]
        assert "".join(pieces).replace(" ", "") == text[reading.starts[0] :].replace(" ", "")


def test_the_faithful_protocol_is_the_published_one_to_the_digit(score, model):
    """As published: prompt, strip, all tokens, one text at a time, exp of a float32 mean."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from components.brainbench.protocol import PUBLISHED_PROMPT

    folder = score(protocol="faithful")
    shown = np.load(folder / "published" / "human_abstracts" / "PPL_A_and_B.npy")
    labels = np.load(folder / "published" / "human_abstracts" / "labels.npy")
    network, cutter = (
        loader.from_pretrained(model) for loader in (AutoModelForCausalLM, AutoTokenizer)
    )
    for number, row in enumerate(rows(folder / "full.csv")):
        case = make_case(number)
        text = (PUBLISHED_PROMPT + case.original).strip()
        ids = cutter(text, return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            steps = network(ids).logits[0, :-1].log_softmax(-1)
        mean = steps.gather(1, ids[0, 1:, None])[:, 0].float().mean()
        assert float(row["original_perplexity"]) == pytest.approx(np.exp(-mean.item()), rel=1e-6)
        assert shown[number, labels[number]] == float(row["original_perplexity"])


def test_reference_texts_are_as_many_and_as_long_as_the_originals(score, corpus):
    found = rows(score(corpus=corpus) / "reference.csv")
    assert [int(row["document"]) for row in found] == list(range(5))
    for number, row in enumerate(found):
        assert 0 < int(row["num_bytes"]) <= len(make_case(number).original)
        assert int(row["zlib_bytes"]) > 0
        assert float(row["perplexity"]) > 1


def test_an_abstract_of_several_cases_has_one_reference_text(score, tmp_path):
    write_documents(tmp_path / "others", "validation", ["alpha beta gamma " * 9] * 12)
    folder = score(corpus=tmp_path / "others", authors=("human", "machine"))
    assert len(rows(folder / "full.csv")) == 9
    assert len(rows(folder / "reference.csv")) == 5


def test_reference_texts_that_cannot_be_scored_are_left_out_and_counted(score, tmp_path, capsys):
    long = "𠮷" * 250  # of four tokens each
    texts = ["alpha beta", "a", "... !", long, "gamma delta " * 99]
    write_documents(tmp_path / "others", "validation", texts)
    folder = score(corpus=tmp_path / "others")
    assert [row["document"] for row in rows(folder / "reference.csv")] == ["0", "4"]
    assert json.loads((folder / "metrics.json").read_text())["reference_left_out"] == 3
    said = capsys.readouterr().err
    for line, problem in (
        (2, "1 tokens: expected one to predict"),
        (3, "no letter or digit"),
        (4, "tokens, prompt included: expected the model's context of 256 at the most"),
    ):
        assert re.search(f"left out: .*{problem}.*validation.jsonl, line {line}\n", said)
    assert_close(rows(folder / "full.csv"), rows(score("alone") / "full.csv"), rel=1e-5)


@pytest.mark.slow
def test_a_model_on_the_hub_scores_as_its_folder_does(score, model, hub, monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    hub.folders["models/owner/tiny"] = model
    local, fetched = score("local"), score("fetched", model="owner/tiny")
    assert (local / "full.csv").read_bytes() == (fetched / "full.csv").read_bytes()


@pytest.mark.slow
def test_a_model_spread_over_devices_scores_alike(score, monkeypatch, tmp_path):
    """Layers on disk stand for those on other GPUs: accelerate's hooks bring them in."""
    from accelerate import dispatch_model

    from components.formats import model as models

    def spread(folder, **options):
        model = read(folder, **options)
        places = {
            name: "cpu" for name, layer in model.named_modules() if not list(layer.children())
        }
        places = {name: place for name, place in places.items() if ".h.1." not in name}
        places["transformer.h.1"] = "disk"
        return dispatch_model(model, places, main_device="cpu", offload_dir=tmp_path / "disk")

    one, read = score("one"), models.read_model
    monkeypatch.setattr(models, "read_model", spread)
    other = score("other")
    assert (tmp_path / "disk").is_dir()
    assert_close(rows(one / "full.csv"), rows(other / "full.csv"))


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_is_close(score, precision):
    exact, rough = score("exact"), score("rough", precision=precision)
    assert_close(rows(exact / "full.csv"), rows(rough / "full.csv"), rel=0.05)


def test_a_benchmark_of_one_case_in_another_script_is_scored(score, cases):
    literals = ("海馬の細胞は", "した。\nДальше — ничего.")
    case = Case("10.1/x", "脳", literals, ("[[増加, 減少]]",), (Choice("増加", "減少"),))
    write_cases(cases / "human.csv", [case])
    (row,) = rows(score(contexts=("full", "isolated")) / "full.csv")
    assert row["journal_section"] == "脳"


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"contexts": ()}, "expected at least one of each"),
        ({"contexts": ("swapped",)}, "0 other abstracts in journal section 'Cells'"),
        ({"authors": ("human", "machine")}, "no machine-made cases: expected"),
        ({"protocol": "faithful", "prompt": "Of cells"}, "prompt 'Of cells'"),
        ({"tokens_at_once": 0}, "tokens_at_once 0: expected 1 to"),
        ({"model": "no/such/place"}, "no folder and no id of a model on the Hub"),
        ({"model": "no/such/place", "scores": Path()}, "holds the working directory"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(score, cases, tmp_path, changed, found):
    write_cases(cases / "human.csv", [make_case(0)])
    (cases / "machine.csv").unlink()
    with pytest.raises(InputError, match=found):
        score(**changed)
    assert not (tmp_path / "scores").exists()


def test_a_revision_of_a_folder_is_refused(score):
    with pytest.raises(InputError, match="revision v1 of the folder .*: expected an id on the Hub"):
        score(revision="v1")


def test_a_text_beyond_the_context_is_refused(score, cases):
    long = Case("10.1/x", "Cells", ("beta " * 300, "."), ("[[a, b]]",), (Choice("a", "b"),))
    write_cases(cases / "human.csv", [make_case(0), long])
    found = "expected the model's context of 256.*original of human-made case 1.*10.1/x"
    with pytest.raises(InputError, match=found):
        score()


@pytest.mark.parametrize(
    ("value", "found"), [(float("nan"), "perplexity nan"), (3e38, "expected a finite number")]
)
def test_weights_that_are_no_numbers_are_refused(score, model, tmp_path, value, found):
    shutil.copytree(model, tmp_path / "broken")
    tensors = load_file(tmp_path / "broken" / "model.safetensors")
    tensors["transformer.ln_f.weight"].fill_(value)
    save_file(tensors, tmp_path / "broken" / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=f"(?=.*{found}).*original of human-made case 0"):
        score(model=str(tmp_path / "broken"))


def test_a_full_disk_is_one_line(model, cases, tmp_path, run_on_small_disk, assert_one_line):
    (tmp_path / "disk").mkdir()
    flags = ("--model", model, "--cases", cases, "--scores", tmp_path / "disk" / "scores")
    flags += ("--contexts", *CONTEXTS, "--authors", "human", "machine")
    process = run_on_small_disk(tmp_path / "disk", "brainbench", *flags)
    process.stderr = re.sub(r"^score: .*\n", "", process.stderr, flags=re.MULTILINE)
    assert_one_line(process, "no space left on the disk")
    assert process.stdout == ""
