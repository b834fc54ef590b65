import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from components.brainbench.trie import num_nodes, rows

TEXTS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12), min_size=1, max_size=12)


@settings(max_examples=50)
@given(TEXTS, st.integers(1, 40))
def test_every_text_is_a_path_of_a_row_that_is_no_longer_than_needed(texts, longest):
    found = rows(texts, longest=longest)
    paths = {number: (row, path) for row in found for number, path in row.paths.items()}
    assert set(paths) == set(range(len(texts)))
    for number, text in enumerate(texts):
        row, path = paths[number]
        assert row.tokens[path].tolist() == text
        assert row.parents[path].tolist() == [-1, *path[:-1]]
        assert row.depths[path].tolist() == list(range(len(text)))
    for row in found:
        assert len(row) <= max(longest, max(len(path) for path in row.paths.values()))
        for node in range(len(row)):
            before, at = set(), node
            while at >= 0:
                before.add(at)
                at = row.parents[at]
            assert {j for j in range(len(row)) if j <= node < row.ends[j]} == before


@settings(max_examples=50)
@given(TEXTS, st.integers(1, 40), st.randoms())
def test_the_order_of_the_texts_changes_no_row(texts, longest, random):
    found = rows(texts, longest=longest)
    prefixes = {tuple(text[:end]) for text in texts for end in range(1, len(text) + 1)}
    assert num_nodes(texts) == len(prefixes)
    assert len(prefixes) <= sum(map(len, found)) <= sum(map(len, texts))
    other = rows(random.sample(texts, len(texts)), longest=longest)
    assert [row.tokens.tolist() for row in found] == [row.tokens.tolist() for row in other]
    assert all(np.array_equal(a.parents, b.parents) for a, b in zip(found, other, strict=True))
