"""The files of a model's folder, as `save_pretrained` writes them: no pickles, no code."""

import re
from collections.abc import Collection

from components.runtime.errors import InputError

WEIGHTS = re.compile(r"model(-\d+-of-\d+)?\.safetensors")
OTHERS = frozenset({
    "config.json",
    "model.safetensors.index.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
})  # fmt: skip
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
VOCABULARIES = ("vocab.json", "vocab.txt", "tokenizer.model", "spiece.model")


def check_model_files(names: Collection[str], *, where: str) -> None:
    """Checks by its files' names that a folder holds a whole model.

    Raises:
        InputError: The configuration or the weights are missing, or there is a PEFT adapter.
    """
    if "adapter_config.json" in names:
        raise InputError(
            f"a PEFT adapter (adapter_config.json) in {where}: expected a whole model, as"
            " PeftModel.from_pretrained(model, adapter).merge_and_unload().save_pretrained(folder)"
            " of the package peft writes it"
        )
    if "config.json" not in names:
        raise InputError(f"no config.json in {where}: found {listed(names)}")
    if not any(map(WEIGHTS.fullmatch, names)):
        pickles = [name for name in names if name.endswith(PICKLES)]
        hint = " (pickles run code when they are read and are not taken)" if pickles else ""
        raise InputError(f"no model.safetensors in {where}: found {listed(pickles or names)}{hint}")


def check_tokenizer_files(names: Collection[str], *, where: str) -> None:
    """Checks that a folder holds `tokenizer.json`.

    Raises:
        InputError: There is none; a vocabulary alone does not say how it splits text.
    """
    if "tokenizer.json" in names:
        return
    others = [name for name in VOCABULARIES if name in names]
    hint = f", found {listed(names)}"
    if others:
        hint = (
            " that AutoTokenizer.from_pretrained(folder).save_pretrained(folder) of transformers"
            f" writes from {others[0]}"
        )
    raise InputError(f"no tokenizer in {where}: expected tokenizer.json{hint}")


def listed(names: Collection[str]) -> str:
    """The first few names of files in a line."""
    return ", ".join(sorted(names)[:10]) or "nothing"
