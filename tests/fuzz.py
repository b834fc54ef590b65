"""Runs a stage in this process, for tests that feed it many generated inputs.

The law: a stage succeeds, or ends with exit code 1 and one line that a person can act on.
`python -m benchmarks.fuzz` runs the same tests on many more inputs.
"""

import io
import signal
import sys

import pytest

from components.runtime.command_line import run


def run_in_process(stage, *flags):
    """Runs a stage's function with command line flags; unexpected errors are raised.

    Args:
        stage: The function, as the stage's `__main__` hands it to `run`.
        flags: Flags and values.

    Returns:
        The line with which the stage refused its input, without `error: `; None where it
        succeeded.
    """
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
            patch.setattr(sys, "stdin", io.StringIO())  # nobody answers a question
            run(stage, arguments=[str(flag) for flag in flags])
    finally:
        signal.signal(signal.SIGTERM, handler)
    outcome = ended.value.code
    if outcome == 0:
        return None
    assert isinstance(outcome, str), f"exit code {outcome}"
    assert outcome.startswith("error: "), outcome
    assert len(outcome.splitlines()) == 1, outcome
    return outcome.removeprefix("error: ")
