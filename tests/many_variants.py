"""Studies compiled in processes of their own: kfp looks at the whole stack again and again."""

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


def many_variants(folder, num_variants):
    """The repository's study with as many variants, compiled in a folder; returns the file."""
    names = ("params.yaml", "dvc.yaml", "data.dvc")
    texts = {name: (ROOT / name).read_text() for name in names}
    rows = re.findall(r"^  gpt2-\w+: \{architecture.*\n", texts["params.yaml"], re.M)
    line = "      - artifacts/scores/gpt2-untrained\n"
    for n in range(num_variants - len(rows)):
        row = rows[n % len(rows)]
        name = row.split(":")[0].strip()
        new = f"{name}-seed-{n // len(rows) + 2:02}"
        more = {
            "params.yaml": (rows[0], row.replace(name, new)),
            "dvc.yaml": (line, line.replace("gpt2-untrained", new)),
        }
        for file, (before, added) in more.items():
            texts[file] = texts[file].replace(before, added + before)
    (folder / "components").mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text)
    return compile_in(folder, output=folder / "study.yaml")
