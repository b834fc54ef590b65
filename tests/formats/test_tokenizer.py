import json
import shutil

import pytest
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors

from components.formats.model import read_model, read_model_tokenizer
from components.formats.tokenizer import read_tokenizer, vocabulary_size
from components.runtime.errors import InputError

TEXT = "The ＣＥＬＬ increased 12345 ratios"


@pytest.fixture
def folder(tokenizer, tmp_path):
    """A tokenizer's folder, to be changed."""
    return shutil.copytree(tokenizer, tmp_path / "tokenizer")


CLASSES = (
    "Qwen2TokenizerFast LlamaTokenizerFast GemmaTokenizer T5TokenizerFast BertTokenizer"
    " GPT2Tokenizer PreTrainedTokenizerFast OfItsOwn"
)


@pytest.fixture(scope="module")
def model(weights):
    return read_model(weights)


def test_a_tokenizer_is_what_its_file_says_whatever_class_is_named(folder, model):
    written = Tokenizer.from_file(str(folder / "tokenizer.json"))
    written.normalizer = normalizers.NFKC()
    written.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\p{N}{1,3}"), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    written.post_processor = processors.TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", 0)]
    )
    written.enable_truncation(3)
    written.save(str(folder / "tokenizer.json"))
    written.no_truncation()
    expected = written.encode(TEXT).ids
    assert len(expected) > 3
    for name in (*CLASSES.split(), None):
        config = {"tokenizer_class": name, "do_lower_case": True, "add_prefix_space": True}
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
        assert read_model_tokenizer(folder, model=model).encode(TEXT).ids == expected


@pytest.mark.parametrize(
    ("template", "name", "value"),
    [
        ("$A", "add_bos_token", True),
        ("$A", "add_eos_token", True),
        ("<|endoftext|> $A", "add_bos_token", False),
        ("$A <|endoftext|>", "add_eos_token", False),
    ],
)
def test_two_files_that_disagree_on_special_tokens_are_refused(
    folder, model, template, name, value
):
    written = Tokenizer.from_file(str(folder / "tokenizer.json"))
    written.post_processor = processors.TemplateProcessing(
        single=template, special_tokens=[("<|endoftext|>", 0)]
    )
    written.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({name: not value}))
    read_model_tokenizer(folder, model=model)
    (folder / "tokenizer_config.json").write_text(json.dumps({name: value}))
    with pytest.raises(InputError, match=f"{name} is {value} in"):
        read_model_tokenizer(folder, model=model)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content["model"].update(type="BPEv2"), "no usable tokenizer in"),
        # A panic of the library's Rust code.
        (lambda content: content["model"].update(continuing_subword_prefix="#" * 9), "no usable"),
        (lambda content: content["model"].update(dropout=0.5), "dropout 0.5 in"),
        (lambda content: content.update(added_tokens=[]), "no token <|endoftext|> in"),
    ],
)
def test_a_file_that_is_no_usable_tokenizer_is_named_in_one_line(folder, change, words):
    content = json.loads((folder / "tokenizer.json").read_text())
    content["model"]["vocab"]["of another name"] = content["model"]["vocab"].pop("<|endoftext|>")
    change(content)
    (folder / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(InputError) as error:
        read_tokenizer(folder)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_vocabulary_alone_is_refused_with_what_makes_a_tokenizer_of_it(tmp_path):
    (tmp_path / "vocab.json").write_text("{}")
    with pytest.raises(InputError, match=r"expected tokenizer.json that .*save_pretrained"):
        read_tokenizer(tmp_path)


def test_ids_may_have_gaps(folder):
    content = json.loads((folder / "tokenizer.json").read_text())
    content["model"]["vocab"]["behind a gap"] = 450
    (folder / "tokenizer.json").write_text(json.dumps(content))
    assert vocabulary_size(read_tokenizer(folder)) == 451
