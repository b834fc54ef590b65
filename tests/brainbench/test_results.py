import numpy as np

from components.brainbench.contexts import Pair
from components.brainbench.protocol import Encoding
from components.brainbench.questions import Questions
from components.brainbench.results import Answers
from components.brainbench.scorer import TextReading
from components.formats.readings import CaseReading, VersionReading


def test_a_case_reading_holds_the_scored_tokens_and_puts_a_prompt_at_0():
    spans = np.array([[-9, -1], [-1, 1], [1, 7], [7, 12], [12, 13]])
    encoding = Encoding([1, 2, 3, 4, 5], spans, np.array([False, True, True, True, False]))
    values = np.array([np.nan, -1, -2, -3, -4], dtype=np.float32)
    pairs = [Pair(3, None, "A brook rose.", "A brook fell.")]
    questions = Questions("human", "full", [], pairs, np.array([True]))
    version = VersionReading([0, 1, 7], [1, 7, 12], [-1.0, -2.0, -3.0])
    answers = Answers(questions, [TextReading(encoding, values, 7.0)] * 2)
    assert answers.case_readings == [CaseReading("human", 3, version, version)]
