import numpy as np
import pytest

from components.brainbench.published import (
    published_files,
    read_mask,
    read_published,
    write_published,
)
from components.brainbench.scores import accuracy
from components.runtime.errors import InputError


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
    assert accuracy(perplexities) == published


def test_a_tie_is_wrong():
    assert accuracy(np.array([[1.0, 2.0], [2.0, 2.0], [3.0, 2.0], [1.0, 1.5]])) == 0.5


def write(folder, perplexities, labels):
    np.save(folder / "a.npy", perplexities)
    np.save(folder / "b.npy", labels)
    return folder / "a.npy", folder / "b.npy"


def test_the_original_comes_first_whichever_way_it_was_shown(tmp_path):
    files = write(tmp_path, np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0, 1]))
    perplexities, labels = read_published(*files)
    assert perplexities.tolist() == [[1, 2], [4, 3]]
    assert labels.tolist() == [0, 1]


@pytest.mark.parametrize("context", ["full", "isolated", "swapped"])
def test_what_is_written_is_read_again(tmp_path, context):
    perplexities = np.random.default_rng(1).uniform(1, 9, (5, 2))
    first = np.array([True, False, True, True, False])
    options = {"author": "machine", "context": context, "seed": 42}
    numbers = np.array([0, 0, 1, 2, 2])
    write_published(tmp_path, perplexities, first, numbers=numbers, **options)
    files = published_files(tmp_path, **options)
    np.testing.assert_array_equal(read_published(*files)[0], perplexities)
    shown = np.load(files[0])
    assert shown.dtype == np.float64
    assert np.load(files[1]).dtype == np.int64
    np.testing.assert_array_equal(shown[0], perplexities[0, ::-1])
    mask = tmp_path / "llm_abstracts" / "abstract_mask_iso.npy"
    assert mask.is_file() == (context == "isolated")
    if context == "isolated":
        assert read_mask(mask).tolist() == numbers.tolist()


def test_the_layout_is_the_published_one(tmp_path):
    for context, names in (
        ("full", ("PPL_A_and_B.npy", "labels.npy")),
        ("isolated", ("PPL_A_and_B_iso.npy", "labels_iso.npy")),
        ("swapped", ("swap_seed42/PPL_A_and_B.npy", "swap_seed42/labels.npy")),
    ):
        files = published_files(tmp_path, author="human", context=context, seed=42)
        assert files == tuple(tmp_path / "human_abstracts" / name for name in names)


@pytest.mark.parametrize(
    ("perplexities", "labels", "words"),
    [
        (np.ones((3, 2)), np.zeros(2), r"\(3, 2\) perplexities and \(2,\) labels"),
        (np.ones((2, 2)), np.array([0, 2]), "labels other than 0 and 1"),
        (np.array([[1, 2], [np.nan, 1]]), np.zeros(2), r"pair 1 \(counted from 0\)"),
        (np.array([[1, np.inf]]), np.zeros(1), "expected perplexities"),
        (np.array([[0.0, 1]]), np.zeros(1), "expected perplexities"),
        (np.array([{"a": 1}, None]), np.zeros(2), "not a NumPy array"),
        (np.array([["a", "b"]]), np.zeros(1), "not an array of numbers"),
    ],
)
def test_bad_arrays_are_refused(tmp_path, perplexities, labels, words):
    files = write(tmp_path, perplexities, labels)
    with pytest.raises(InputError, match=words):
        read_published(*files)


def test_missing_and_truncated_arrays_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"no published results at .*a\.npy"):
        read_published(tmp_path / "a.npy", tmp_path / "b.npy")
    files = write(tmp_path, np.ones((30, 2)), np.zeros(30))
    for size in (0, 5, 200):
        content = files[0].read_bytes()
        files[0].write_bytes(content[:size])
        with pytest.raises(InputError, match="not a NumPy array"):
            read_published(*files)
        files[0].write_bytes(content)


def test_a_mask_that_falls_is_refused(tmp_path):
    np.save(tmp_path / "mask.npy", np.array([0, 2, 1]))
    with pytest.raises(InputError, match="no rising row of whole numbers"):
        read_mask(tmp_path / "mask.npy")
