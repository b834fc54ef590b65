"""Feeds stages and formats thousands of generated inputs: each succeeds or is refused in one line.

Runs the tests named test_fuzz*.py with more examples than the test suite does, and prints how
many each tried:

    python -m benchmarks.fuzz --examples 3000
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from components.runtime.command_line import run

ROOT = Path(__file__).parents[1]
TEST = re.compile(r"^(?P<test>tests/\S+::\S+):$")
RUN = re.compile(r"(?P<passing>\d+) passing(?: examples)?, (?P<failing>\d+) failing")


def fuzz(*, examples: int = 3000) -> None:
    """Runs every fuzz test and prints its number of inputs.

    Args:
        examples: Inputs per test.
    """
    files = [str(file.relative_to(ROOT)) for file in sorted(ROOT.glob("tests/**/test_fuzz*.py"))]
    process = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", "-q", "--hypothesis-show-statistics", *files],
        cwd=ROOT,
        env={**os.environ, "FUZZ_EXAMPLES": str(examples)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    test, inputs, failures = "", 0, 0
    for line in process.stdout.splitlines():
        if named := TEST.match(line):
            test = named["test"]
        elif tried := RUN.search(line):
            passing, failing = int(tried["passing"]), int(tried["failing"])
            inputs += passing + failing
            failures += failing
            print(f"{passing + failing:8,}  {test}")
    print(f"{inputs:8,}  inputs in all, of which {failures} neither succeeded nor were refused")
    if process.returncode:
        sys.exit(process.stdout)


if __name__ == "__main__":
    run(fuzz)
