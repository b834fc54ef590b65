import pytest
import torch
from transformers import BloomConfig, BloomForCausalLM

from components.formats.model import read_model
from components.formats.tokenizer import read_tokenizer
from components.formats.tokens import read_tokens
from components.runtime.errors import InputError
from components.training.documents import document_end, document_positions, model_inputs
from components.training.loss import MeanLoss
from components.training.validation import token_losses

END = 0


def documents(*lengths):
    """Random documents, each with its end."""
    torch.manual_seed(3)
    return [torch.cat([torch.randint(1, 60, (n - 1,)), torch.tensor([END])]) for n in lengths]


def logits(model, ids, *, end=END):
    with torch.inference_mode():
        return model(**model_inputs(ids[None], document_end=end)).logits[0]


def test_positions_start_again_behind_each_end():
    ids = torch.tensor([[5, 6, END, 7, END, END, 8, 9], [END, 5, 5, 5, 5, 5, 5, END]])
    expected = [[0, 1, 2, 0, 1, 0, 0, 1], [0, 0, 1, 2, 3, 4, 5, 6]]
    assert document_positions(ids, end=END).tolist() == expected


def test_a_packed_document_is_predicted_as_it_is_alone(any_model):
    parts = documents(9, 1, 14, 6)
    packed = torch.cat(parts)
    alone = torch.cat([logits(any_model, part, end=None) for part in parts])
    torch.testing.assert_close(logits(any_model, packed), alone, rtol=0, atol=1e-5)
    # Without masks, all but the first document are predicted otherwise.
    change = (logits(any_model, packed, end=None) - alone).abs().amax(dim=1)
    assert change[:9].max() < 1e-5
    assert change[9] > 0.1


def test_the_loss_is_masked_in_training_and_validation_alike(any_model):
    ids = torch.cat(documents(9, 14, 6))[None]
    likely = logits(any_model, ids[0]).log_softmax(dim=-1)[:-1]
    expected = -likely.gather(dim=-1, index=ids[0, 1:, None])[:, 0]
    found = token_losses(any_model, ids, document_end=END)[0]
    torch.testing.assert_close(found, expected)


@pytest.mark.slow
def test_compiled_losses_are_masked_too(any_model):
    ids = torch.stack([torch.cat(documents(9, 14, 6)), torch.cat(documents(29))])
    loss = MeanLoss(any_model, document_end=END)
    expected = loss(ids)
    loss.compile(backend="eager", dynamic=False)
    torch.testing.assert_close(loss(ids), expected)


def test_a_run_that_masks_documents_trains_and_validates_so(tokens, make_run):
    end = int(read_tokens(tokens).validation.sequences[0, 5])  # any token that is in all texts
    ways = ({}, {"attention": "document", "document_end": end})
    for one, other in zip(*map(first_losses, [make_run(**way) for way in ways]), strict=True):
        assert one != other
    with pytest.raises(ValueError, match="attention document, document_end None"):
        make_run(attention="document")


def first_losses(run):
    """Loss of the first optimizer step, and of validation before it."""
    list(run._validate())
    next(run._steps())
    return float(run.history.losses[0]), run.history.validation_nats


def test_where_documents_cannot_be_masked_a_line_says_so(tokens, weights, tokenizer):
    sequences, model = read_tokens(tokens).train.sequences, read_model(weights)
    cutter = read_tokenizer(tokenizer)
    with pytest.raises(InputError, match="found no <.endoftext.> in the training sequences"):
        document_end(sequences, tokenizer=cutter, model=model)
    marked = sequences.copy()
    marked[-1, -1] = END
    assert document_end(marked, tokenizer=cutter, model=model) == END
    bloom = BloomForCausalLM(BloomConfig(vocab_size=290, hidden_size=16, n_layer=1, n_head=2))
    with pytest.raises(InputError, match="this bloom sees earlier documents of a sequence"):
        document_end(marked, tokenizer=cutter, model=bloom.eval())
