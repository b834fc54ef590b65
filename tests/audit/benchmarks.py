"""Benchmarks whose cues are known."""

import numpy as np

from tests.case_readings import make_case

PAIRS = [("rose", "fell"), ("grew", "shrank"), ("warm", "cold"), ("more", "less"), ("near", "far")]


def fair_cases(count, *, seed=0, giveaway="", share=1.0):
    """Cases whose altered versions are drawn like the originals, but for a word in some of them."""
    draw, cases = np.random.default_rng(seed), []
    for number in range(count):
        original, altered = draw.permutation(PAIRS[draw.integers(len(PAIRS))]).tolist()
        told = f" {giveaway}" if giveaway and draw.random() < share else ""
        parts = (f"In sample {number} it", (original, altered + told), "by night.")
        spaced = (f"{parts[0]} ", parts[1], f" {parts[2]}")
        cases.append(make_case(*spaced, number=number))
    return cases


def exchanged(cases):
    """The same cases with originals and altered versions in each other's place."""
    return [
        make_case(
            case.literals[0],
            (case.choices[0].altered, case.choices[0].original),
            case.literals[1],
            number=number,
        )
        for number, case in enumerate(cases)
    ]
