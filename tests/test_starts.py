"""Every command answers `--help` and refuses wrong flags before it imports what takes seconds."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
OTHERS = sorted(
    ".".join(file.parent.relative_to(ROOT).parts)
    for file in [*ROOT.glob("components/*/__main__.py"), *ROOT.glob("pipelines/**/__main__.py")]
    if file.parent.name not in ("pod", "store")
)
SLOW = (
    "accelerate", "boto3", "datasets", "dvc", "huggingface_hub", "kfp", "kubernetes",
    "matplotlib", "nltk", "pandas", "scipy", "statsmodels", "torch", "transformers",
)  # fmt: skip
STORE = ("boto3", "botocore", "dvc", "s3transfer")  # what every command of pipelines.store works on
ANSWERS = """
import runpy, sys
for command in {commands}:
    for flags, code in ((["--help"], 0), (["--no-such-flag"], 2)):
        sys.argv[1:] = flags
        try:
            runpy.run_module(command, run_name="__main__", alter_sys=True)
        except SystemExit as end:
            assert end.code == code, (command, flags, end.code)
    imported = sorted(set({slow}) & set(sys.modules))
    assert not imported, f"{{command}}: import {{imported}} in the functions that need them"
"""


@pytest.mark.parametrize(
    ("commands", "needed"),
    [(OTHERS, ()), (["pipelines.store"], STORE)],
    ids=["most", "pipelines.store"],
)
def test_help_and_wrong_flags_are_answered_before_slow_imports(commands, needed):
    code = ANSWERS.format(commands=commands, slow=sorted(set(SLOW) - set(needed)))
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
