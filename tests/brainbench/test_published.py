import numpy as np
import pytest

from components.brainbench.accuracy import accuracy
from components.brainbench.published import read_published
from components.errors import InputError


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
    perplexities = read_published(reference / "results" / model)
    assert perplexities.shape == (200, 2)
    assert accuracy(perplexities) == published


def write(folder, perplexities, labels):
    np.save(folder / "PPL_A_and_B.npy", perplexities)
    np.save(folder / "labels.npy", labels)


def test_the_original_comes_first_whichever_way_it_was_shown(tmp_path):
    write(tmp_path, np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0, 1]))
    assert read_published(tmp_path).tolist() == [[1, 2], [4, 3]]


def test_arrays_that_do_not_belong_together_are_refused(tmp_path):
    write(tmp_path, np.ones((3, 2)), np.zeros(2))
    with pytest.raises(InputError, match=r"\(3, 2\) perplexities and \(2,\) labels"):
        read_published(tmp_path)
    write(tmp_path, np.ones((2, 2)), np.array([0, 2]))
    with pytest.raises(InputError, match="labels other than 0 and 1"):
        read_published(tmp_path)


def test_missing_and_pickled_arrays_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"no published results at .*PPL_A_and_B\.npy"):
        read_published(tmp_path)
    write(tmp_path, np.array([{"a": 1}, None]), np.zeros(2))
    with pytest.raises(InputError, match="not a NumPy array"):
        read_published(tmp_path)
