import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from components.formats.tokenizer import END_OF_TEXT, read_tokenizer
from components.runtime.errors import InputError
from components.tokenizer import bpe
from components.tokenizer.bpe import train_bpe


def test_the_vocabulary_has_the_size_asked_for_and_end_of_text_first(tokenizer):
    trained = read_tokenizer(tokenizer)
    assert trained.get_vocab_size() == 290
    assert trained.token_to_id(END_OF_TEXT) == 0  # as in the published neuroscience tokenizer


@settings(max_examples=50)
@given(text=st.text())
def test_any_text_is_decoded_to_itself(tokenizer, text):
    trained = read_tokenizer(tokenizer)
    assert trained.decode(trained.encode(text).ids, skip_special_tokens=False) == text


def test_a_vocabulary_smaller_than_its_bytes_is_refused():
    with pytest.raises(InputError, match="vocabulary_size 256: expected at least 257"):
        train_bpe(["text"], vocabulary_size=256)


def test_texts_whose_pairs_could_not_be_counted_are_refused(monkeypatch):
    monkeypatch.setattr(bpe, "LARGEST_COUNT", 9)
    train_bpe(["aaa bb"] * 3, vocabulary_size=257)
    with pytest.raises(InputError, match="12 times the byte 0x61 in the texts: expected at most 9"):
        train_bpe(["aaa bb"] * 4, vocabulary_size=257)


def test_transformers_reads_what_is_written(tokenizer):
    text = "alpha  increased <|endoftext|> naïve"
    loaded = AutoTokenizer.from_pretrained(tokenizer)
    assert loaded.encode(text) == read_tokenizer(tokenizer).encode(text).ids
    assert loaded.eos_token_id == loaded.bos_token_id == 0
