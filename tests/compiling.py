"""Compiled studies."""

import functools
import re
from pathlib import Path

import pytest

from pipelines.kubeflow.compilation import compile_study
from tests.conftest import ROOT


def compile_in(folder, *, output, params="params.yaml"):
    """Compiles the study of a folder; returns the file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        compile_study(output=output, params=Path(params), store="s3://bucket/prefix")
    return output


@functools.cache
def compile_once(folder):
    """Compiles the repository's study, once for all folders of tests; returns the file."""
    return compile_in(ROOT, output=folder / "compiled" / "study.yaml")


def compile_another_variant(folder):
    """Compiles the repository's study with one variant more, in a folder; returns the file."""
    texts = {name: (ROOT / name).read_text() for name in ("params.yaml", "dvc.yaml", "data.dvc")}
    row = re.search(r"^  gpt2-neuro: \{architecture.*\n", texts["params.yaml"], re.M)[0]
    line = "      - artifacts/scores/gpt2-neuro\n"
    for file, text in (("params.yaml", row), ("dvc.yaml", line)):
        added = text.replace("gpt2-neuro", "gpt2-neuro-seed-02")
        texts[file] = texts[file].replace(text, text + added)
    (folder / "components").symlink_to(ROOT / "components")
    for name, text in texts.items():
        (folder / name).write_text(text)
    return compile_in(folder, output=folder / "study.yaml")
