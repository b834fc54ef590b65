import hashlib

import pytest

from components.dataset.checksums import BRAINBENCH_V0_1, checksums, verify
from components.formats.cases import read_cases
from components.runtime.errors import InputError


def test_the_known_checksums_are_those_of_the_published_files(reference):
    found = checksums(reference / "brainbench")
    names = ("BrainBench_Human_v0.1.csv", "BrainBench_GPT-4_v0.1.csv")
    assert tuple(found[name] for name in names) == BRAINBENCH_V0_1
    assert len(read_cases(reference / "brainbench" / names[0])) == 200


def test_another_checksum_is_named_with_the_expected_one():
    found = hashlib.sha256(b"a").hexdigest()
    verify(b"a", expected=found.upper(), where="F")
    with pytest.raises(InputError, match=f"sha256 of F: found {found}, expected {'0' * 64}"):
        verify(b"a", expected="0" * 64, where="F")
