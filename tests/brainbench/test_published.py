import csv
import io
import json
import math

import numpy as np
import pytest

from components.brainbench.importing import import_published
from components.brainbench.published import read_published, write_published
from components.brainbench.published_study import import_study, read_published_log
from components.brainbench.questions import make_questions
from components.formats.scores import CONTEXTS
from components.runtime.errors import InputError
from tests.brainbench.cases import make_cases, write_cases

LOG = """\
Loading 9 samples for training
Epoch 0 | Batch 999/4000 | Training PPL: 9.5 | time 4.2
Epoch 0 | Validation PPL: 8.0 | Learning rate: 1.9e-05
End of epoch 0 | Validation PPL: 4.0 | Learning rate: 1.8e-05
"""
PERPLEXITIES = np.array([[2.0, 3.0], [2.0, 3.0], [4.0, 4.0]])  # shown as A and B
LABELS = np.array([0, 1, 1])  # seed 42's


@pytest.fixture
def paths(tmp_path):
    """Results of two models on three cases, one of them in the flat layout, and one log."""
    for place in ("zoo", "big/human_abstracts"):
        (tmp_path / "results" / place).mkdir(parents=True)
        np.save(tmp_path / "results" / place / "PPL_A_and_B.npy", PERPLEXITIES)
        np.save(tmp_path / "results" / place / "labels.npy", LABELS)
    for name in ("logs", "cases"):
        (tmp_path / name).mkdir()
    (tmp_path / "logs" / "big.log").write_text(LOG)
    write_cases(tmp_path / "cases" / "human.csv", make_cases(3))
    return {name: tmp_path / name for name in ("results", "logs", "cases", "scores")}


@pytest.fixture
def import_zoo(paths):
    """Imports the results of one model."""
    options = paths | {"results": paths["results"] / "zoo"}
    del options["logs"]
    return lambda **changed: import_published(**options | changed)


def rows(file):
    with file.open() as lines:
        return list(csv.DictReader(lines))


def test_every_model_found_has_scores_and_those_with_a_log_a_curve(paths):
    import_study(**paths)
    for name, curve in (("big", [[0.25, 8.0], [1.0, 4.0]]), ("zoo", [])):
        folder = paths["scores"] / name
        found = rows(folder / "full.csv")
        assert [row["correct"] for row in found] == ["1", "0", "0"]  # a tie is wrong
        assert found[1]["original_perplexity"] == "3.0"
        assert found[0]["original_tokens"] == ""
        metrics = json.loads((folder / "metrics.json").read_text())
        assert metrics["accuracy"] == {"full": {"human": pytest.approx(1 / 3)}}
        assert metrics["curve"] == curve
        assert not (folder / "isolated.csv").exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"seed": -1}, "seed -1"),
        ({"processes": 0}, "processes 0"),
        ({"summed": ("bigg",)}, "summed bigg: expected .*bigg and .*bigg.log"),
        ({"summed": ("zoo",)}, "summed zoo: expected .*zoo and .*zoo.log"),  # has no log
    ],
)
def test_options_that_do_not_fit_the_study_are_refused(paths, changed, words):
    with pytest.raises(InputError, match=words):
        import_study(**paths, **changed)
    assert not paths["scores"].exists()


def test_what_is_written_in_the_published_layout_becomes_the_same_scores(paths):
    cases = {"human": make_cases(3), "machine": make_cases(4)}
    write_cases(paths["cases"] / "machine.csv", cases["machine"])
    draw, folder, written = np.random.default_rng(1), paths["results"] / "own", {}
    for asked in make_questions(cases, contexts=CONTEXTS, faithful=True, seed=42):
        perplexities = draw.uniform(1, 9, (len(asked.pairs), 2))
        write_published(folder, asked, perplexities, seed=42)
        written.setdefault(asked.context, []).extend(perplexities.tolist())
    found = {str(each.relative_to(folder)) for each in folder.rglob("*.npy")}
    names = {f"{name}{end}.npy" for name in ("PPL_A_and_B", "labels") for end in ("", "_iso")}
    names |= {"abstract_mask_iso.npy", "swap_seed42/PPL_A_and_B.npy", "swap_seed42/labels.npy"}
    assert found == {
        f"{place}/{name}" for place in ("human_abstracts", "llm_abstracts") for name in names
    }
    import_published(results=folder, cases=paths["cases"], scores=paths["scores"])
    for context, expected in written.items():
        table = rows(paths["scores"] / f"{context}.csv")
        assert [
            [float(row[f"{version}_perplexity"]) for version in ("original", "altered")]
            for row in table
        ] == expected


def test_isolated_sentences_need_the_mask_of_these_cases(paths, import_zoo):
    place = paths["results"] / "zoo"
    np.save(place / "PPL_A_and_B_iso.npy", np.ones((6, 2)))
    np.save(place / "labels_iso.npy", np.array([0, 1, 1, 1, 0, 0]))  # seed 42's
    for mask, words in (
        ([0, 1, 1, 1, 2, 2], r"sentences of other cases.*abstract_mask_iso\.npy"),
        ([0, 0, 1, 1, 2, 1], "no rising row of whole numbers"),
    ):
        np.save(place / "abstract_mask_iso.npy", np.array(mask))
        with pytest.raises(InputError, match=words):
            import_zoo()
    np.save(place / "abstract_mask_iso.npy", np.array([0, 0, 1, 1, 2, 2]))
    import_zoo()
    found = [(row["case"], row["sentence"]) for row in rows(paths["scores"] / "isolated.csv")]
    assert found == [(case, sentence) for case in "012" for sentence in "01"]


@pytest.mark.parametrize(
    ("labels", "words"),
    [([1, 0, 0], r"3 of 3 labels in .*\(all are inverted\)"), ([0, 1, 0], "1 of 3 labels in ")],
)
def test_labels_of_another_order_are_refused_or_taken_where_that_is_said(
    paths, import_zoo, labels, words
):
    np.save(paths["results"] / "zoo" / "labels.npy", np.array(labels))
    with pytest.raises(InputError, match=words):
        import_zoo()
    import_zoo(labels="own")
    right = [int(row["correct"]) for row in rows(paths["scores"] / "full.csv")]
    assert right == [1 - label if number < 2 else 0 for number, label in enumerate(labels)]


def as_bytes(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("PPL_A_and_B.npy", np.array([[1, np.inf]] * 3), r"pair 0 \(counted from 0\) of .*B\.npy"),
        ("PPL_A_and_B.npy", np.array([[1, 2], [np.nan, 1], [1, 1]]), "pair 1 "),
        ("PPL_A_and_B.npy", np.zeros((3, 2)), "expected perplexities"),
        ("PPL_A_and_B.npy", np.array([{"a": 1}, None]), "not a NumPy array"),
        ("PPL_A_and_B.npy", np.array([["a", "b"]]), "not an array of numbers"),
        ("PPL_A_and_B.npy", b"", "not a NumPy array"),
        ("PPL_A_and_B.npy", as_bytes(np.ones((30, 2)))[:200], "not a NumPy array"),
        ("PPL_A_and_B.npy", None, "no published results in .*: expected PPL_A_and_B.npy"),
        ("labels.npy", None, r"no published results at .*labels\.npy"),
        ("labels.npy", np.array([0, 1]), r"\(3, 2\) perplexities and \(2,\) labels"),
        ("labels.npy", np.array([0, 1, 2]), "labels other than 0 and 1"),
        ("../../cases/human.csv", 4, "3 pairs in .*: expected the benchmark's 4"),
    ],
)
def test_one_bad_folder_of_results_ends_all_in_one_line_and_leaves_nothing(
    paths, name, content, words
):
    file = paths["results"] / "zoo" / name
    if content is None:
        file.unlink()
    elif isinstance(content, int):
        write_cases(file, make_cases(content))
    else:
        file.write_bytes(content if isinstance(content, bytes) else as_bytes(content))
    with pytest.raises(InputError, match=words) as caught:
        import_study(**paths)
    assert "\n" not in str(caught.value)
    assert not paths["scores"].exists()


def test_models_without_whole_human_made_abstracts_and_no_models_are_refused(paths):
    place = paths["results"] / "zoo"
    (place / "swap_seed42").mkdir()
    for name in ("PPL_A_and_B.npy", "labels.npy"):
        (place / name).rename(place / "swap_seed42" / name)
    with pytest.raises(InputError, match="no whole human-made abstracts in .*zoo"):
        import_study(**paths, labels="own")
    with pytest.raises(InputError, match="expected a folder for each model"):
        import_study(**paths | {"results": paths["logs"]})


@pytest.mark.parametrize(
    ("model", "published"),
    [
        ("gpt2_init", 0.460),
        ("gpt2", 0.575),
        ("gpt2_scratch", 0.580),
        ("finetune_gpt2", 0.635),
        ("gpt2_scratch_neuro_tokenizer", 0.625),
    ],
)
def test_the_published_perplexities_give_the_published_accuracies(reference, model, published):
    folder = reference / "results" / model
    perplexities, _ = read_published(folder / "PPL_A_and_B.npy", folder / "labels.npy")
    assert perplexities.shape == (200, 2)
    assert (perplexities[:, 0] < perplexities[:, 1]).mean() == published


def test_a_sum_of_losses_is_undone(tmp_path):
    losses = (2.0, 2.1, 2.2, 2.3)
    logged = math.exp(sum(losses)) / 4
    line = f"End of epoch 0 | Validation PPL: {logged} | Learning rate: 1e-05\n"
    (tmp_path / "log.txt").write_text(line)
    ((epoch, perplexity),) = read_published_log(tmp_path / "log.txt", summed_losses=4)
    assert (epoch, perplexity) == (1.0, pytest.approx(math.exp(sum(losses) / 4)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no 'Validation PPL'"),
        (LOG.replace("| Batch", "| batch"), "before any batch: .*line 3"),
    ],
)
def test_a_file_that_is_no_log_is_refused(tmp_path, text, words):
    (tmp_path / "log.txt").write_text(text)
    with pytest.raises(InputError, match=words):
        read_published_log(tmp_path / "log.txt")


@pytest.mark.parametrize(
    ("name", "summed_losses", "perplexity"),
    [
        ("gpt2_scratch", 4, 20.13),
        ("finetune_gpt2", 1, 11.81),
        ("gpt2_scratch_neuro_tokenizer", 1, 33.22),
    ],
)
def test_the_published_logs_end_where_they_should(reference, name, summed_losses, perplexity):
    file = reference / "training_logs" / f"{name}.log"
    epoch, found = read_published_log(file, summed_losses=summed_losses)[-1]
    assert (epoch, round(found, 2)) == (5.0, perplexity)
