"""Studies compiled in processes of their own: kfp looks at the whole stack again and again."""

import functools
import os
import re
import subprocess
import sys

from tests.conftest import ROOT

PROGRAM = """\
from pathlib import Path
from pipelines.kubeflow.compilation import compile_study
compile_study(output=Path("{output}"), params=Path("{params}"), store="s3://bucket/prefix")
"""


def compile_in(folder, *, output, params="params.yaml"):
    """Compiles the study of a folder; returns the file."""
    program = PROGRAM.format(output=output, params=params)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
    subprocess.run([sys.executable, "-c", program], cwd=folder, env=env, check=True)
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
    (folder / "components").mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text)
    return compile_in(folder, output=folder / "study.yaml")
