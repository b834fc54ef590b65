"""A prefix trie of texts, cut into rows: shared prefixes are computed once.

Sorted texts with a common prefix are adjacent. In preorder, the nodes of their trie are the tokens
of each text after those that it shares with the previous text.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Attention grows with the square of a row's length, everything else with the length. The ratio of
# the two costs per token decides between a longer row and computing a shared prefix again.
# 2 × length × width multiplications of 12 × width² (Kaplan et al. 2020, arXiv 2001.08361, table
# 1) would be 1/4,608 at GPT-2's hidden size of 768; masked attention is slower than that.
ATTENTION_COST = 1 / 2500


@dataclass(frozen=True)
class Row:
    """A trie in preorder: the nodes below a node follow it."""

    tokens: NDArray[np.int64]  # token id of every node, int64, shape (num_nodes,)
    # The node before each one in its texts, -1 for none, int64, shape (num_nodes,)
    parents: NDArray[np.int64]
    # Number of tokens before each one in its texts, int64, shape (num_nodes,)
    depths: NDArray[np.int64]
    # End of the nodes below each one, int64, shape (num_nodes,): node j is node i or precedes it in
    # a text if and only if j <= i < ends[j]
    ends: NDArray[np.int64]
    paths: dict[int, NDArray[np.int64]]  # the nodes of each text, by the text's number

    def __len__(self) -> int:
        """Number of nodes."""
        return len(self.tokens)


def rows(texts: Sequence[Sequence[int]], *, longest: int) -> list[Row]:
    """The trie of texts, cut into rows of minimum total cost.

    Args:
        texts: Token ids of each text, at least one; texts may be equal.
        longest: Maximum nodes per row; a longer text has a row of its own.

    Returns:
        Rows from the longest to the shortest. They depend on the texts, not on their order.
    """
    order = sorted(range(len(texts)), key=lambda number: tuple(texts[number]))
    shared = [0] * len(order)
    for place in range(1, len(order)):
        shared[place] = _shared(texts[order[place - 1]], texts[order[place]])
    lengths = [len(texts[number]) for number in order]
    found = [
        _row([(number, texts[number]) for number in order[start:end]], shared[start:end])
        for start, end in _cuts(lengths, shared, longest=longest)
    ]
    return sorted(found, key=len, reverse=True)


def num_nodes(texts: Sequence[Sequence[int]]) -> int:
    """Number of nodes of the whole trie: the fewest tokens that have to be computed."""
    ordered = sorted(map(tuple, texts))
    shared = itertools.starmap(_shared, itertools.pairwise(ordered))
    return sum(map(len, ordered)) - sum(shared)


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """Length of the common prefix of two texts."""
    for place, (mine, yours) in enumerate(zip(one, other, strict=False)):
        if mine != yours:
            return place
    return min(len(one), len(other))


def _cuts(
    lengths: Sequence[int], shared: Sequence[int], *, longest: int
) -> Iterator[tuple[int, int]]:
    """Start and end of each row of sorted texts, for the minimum total cost.

    Dynamic programming over the ends of rows; among equal costs, longer rows.
    """
    costs, starts = [0.0], [0]
    for end in range(1, len(lengths) + 1):
        best, best_start, size = np.inf, end - 1, 0
        for start in range(end - 1, -1, -1):
            # The first text of a row is computed whole; the next one shares its prefix.
            size += lengths[start] - (shared[start + 1] if start + 1 < end else 0)
            if size > longest and start < end - 1:
                break
            cost = costs[start] + size + ATTENTION_COST * size**2
            if cost <= best:
                best, best_start = cost, start
        costs.append(best)
        starts.append(best_start)
    cuts, end = [], len(lengths)
    while end:
        cuts.append((starts[end], end))
        end = starts[end]
    return reversed(cuts)


def _row(texts: Sequence[tuple[int, Sequence[int]]], shared: Sequence[int]) -> Row:
    """A row of sorted texts, each with its number, and what each shares with the one before."""
    tokens: list[int] = []
    parents: list[int] = []
    depths: list[int] = []
    path: list[int] = []  # nodes of the previous text
    paths: dict[int, NDArray[np.int64]] = {}
    for place, (number, text) in enumerate(texts):
        del path[shared[place] if place else 0 :]
        for token in text[len(path) :]:
            depths.append(len(path))
            parents.append(path[-1] if path else -1)
            path.append(len(tokens))
            tokens.append(token)
        paths[number] = np.array(path, dtype=np.int64)
    ends = list(range(1, len(tokens) + 1))
    for node in reversed(range(len(tokens))):  # children before their parents
        if (parent := parents[node]) >= 0:
            ends[parent] = max(ends[parent], ends[node])
    return Row(np.array(tokens), np.array(parents), np.array(depths), np.array(ends), paths)
