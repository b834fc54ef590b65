"""Runs a stage in this process, for tests that feed it many generated inputs.

The law: a stage succeeds, or ends with exit code 1 and one line that a person can act on.
`python -m benchmarks.fuzz` runs the same tests on many more inputs.
"""

import io
import json
import os
import signal
import sys
from copy import deepcopy

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from components.runtime.command_line import run

# For tests whose examples take longest; as many as any other's where a number is asked for.
few_examples = settings() if "FUZZ_EXAMPLES" in os.environ else settings(max_examples=20)
# What files of other people hold, as bytes and as values of JSON.
ODD_BYTES = [
    *(b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\r", b"\n", b"\n\n", b" "),
    *(b'"', b"'", b",", b";", b"\t", b"[[", b"]]", b"{", b"}", b"\\", b"\\ud800", b"\\u0000"),
    *(b"null", b"nan", b"NaN", b"-1", b"1.0", b"1e999", b"9" * 400, b"true", b"NA"),
    *(text.encode() for text in ("\u2028", "\u0085", "e\u0301", "ß", "İ", "海", "𝄞", "\u202e")),
]
ODD_VALUES = [
    *(None, True, 0, -1, 1.5, 2**31, 2**64, float("nan"), float("inf")),
    *("", " ", "\ud800", "\x00", "海", "𝄞 e\u0301", [], {}, [None], {"type": "odd"}),
]


@st.composite
def damaged_bytes(draw, content, *, most=3):
    """The bytes of a file with a few of them lost, doubled, exchanged or put in."""
    for _ in range(draw(st.integers(1, most))):
        start, end = sorted(draw(st.integers(0, len(content))) for _ in range(2))
        put_in = draw(
            st.sampled_from([*ODD_BYTES, b"", content[start:end], content[start:end] * 2])
        )
        if draw(st.booleans()):  # a word rather than half of the file
            end = min(end, start + 3)
        content = content[:start] + put_in + content[end:]
    return content


@st.composite
def damaged_json(draw, content, *, most=2):
    """A JSON file's text with a few of its values gone, doubled or replaced."""
    content = json.loads(content)
    for _ in range(draw(st.integers(1, most))):
        place, key = {"": content}, ""
        while True:
            value = place[key]
            if not value or not isinstance(value, dict | list) or not draw(st.integers(0, 3)):
                break
            place = value
            keys = list(value) if isinstance(value, dict) else list(range(len(value)))
            key = draw(st.sampled_from(keys))
        changed = deepcopy(draw(st.sampled_from([*ODD_VALUES, "lost"])))
        if changed == "lost" and key != "":
            del place[key]
        else:
            place[key] = changed
        content = content if key != "" else place[key]
    return json.dumps(content)


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
