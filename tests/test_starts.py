"""Every command answers `--help` and refuses wrong flags before it imports what takes seconds."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
COMMANDS = sorted(
    ".".join(file.parent.relative_to(ROOT).parts) for file in ROOT.glob("components/*/__main__.py")
)
SLOW = (
    "accelerate", "boto3", "datasets", "dvc", "kfp", "matplotlib", "nltk", "pandas", "scipy",
    "statsmodels", "torch", "transformers",
)  # fmt: skip
ANSWERS = """
import runpy, sys
for flags, code in ((["--help"], 0), (["--no-such-flag"], 2)):
    sys.argv[1:] = flags
    try:
        runpy.run_module({command!r}, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        assert end.code == code, (flags, end.code)
imported = sorted(set({slow}) & set(sys.modules))
assert not imported, f"import {{imported}} in the functions that need them"
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_help_and_wrong_flags_are_answered_before_slow_imports(command):
    code = ANSWERS.format(command=command, slow=SLOW)
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
