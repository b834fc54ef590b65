import numpy as np
import pytest

from benchmarks.power import power
from components.runtime.errors import InputError


def test_more_cases_and_more_experts_show_smaller_differences(capsys):
    power(cases=(30, 120), experts=(4, 40), trials=5, num_draws=20)
    rows = [
        line.split("|")[1:-1] for line in capsys.readouterr().out.splitlines() if "points" in line
    ]
    above = [[int(each.split()[-2]) for each in row[1:]] for row in rows[:2]]
    assert np.all(np.array(above[0]) > above[1])
    halves = {(int(row[0]), int(row[1])): int(row[2].split()[1]) for row in rows[2:]}
    assert halves[30, 4] > halves[30, 40] > halves[120, 40]


def test_an_expert_cannot_answer_more_cases_than_there_are():
    with pytest.raises(InputError, match=r"cases 5: expected 10"):
        power(cases=(5,))
