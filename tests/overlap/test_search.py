from difflib import SequenceMatcher

from hypothesis import given, settings
from hypothesis import strategies as st

from components.formats.ngrams import Finder, ngrams, words
from components.overlap.search import Search, Versions

TEXT = st.lists(st.sampled_from("abc"), min_size=1, max_size=40).map(" ".join)


@st.composite
def corpora(draw):
    """Passages, and documents that hold pieces of them between other words."""
    passages = draw(st.lists(TEXT, min_size=1, max_size=4))
    pieces = st.one_of(
        TEXT,
        st.sampled_from(passages).flatmap(
            lambda text: st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(
                lambda ends: text[min(ends) : max(ends)]
            )
        ),
    )
    documents = st.lists(pieces, min_size=1, max_size=4).map(" ".join)
    return passages, draw(st.lists(documents, max_size=4))


def search_for(*originals, altered=()):
    """A search for the n-grams of cases; the last one's altered version has others."""
    ends = [[]] * (len(originals) - 1) + [list(altered)]
    return Search(
        [
            Versions("human", number, "10.1/1", *both)
            for number, both in enumerate(zip(originals, ends, strict=True))
        ]
    )


def longest_shared_run(passage, document):
    """Words of the longest run that two texts share, by another algorithm."""
    matcher = SequenceMatcher(None, words(passage), words(document), autojunk=False)
    return matcher.find_longest_match().size


@settings(max_examples=50)
@given(corpora(), st.integers(1, 14))
def test_a_search_finds_what_comparing_every_ngram_finds(corpus, length):
    passages, documents = corpus
    grams = [ngrams(words(text), length=length) for text in passages]
    search = search_for(*grams)
    for document in documents:
        search.read(document)
    held = [
        {gram for size in range(1, length + 1) for gram in ngrams(words(document), length=size)}
        for document in documents
    ]
    assert search.found == {gram for each in grams for gram in each} & set().union(*held)
    for number, passage in enumerate(passages):
        holding = [place for place, each in enumerate(held, start=1) if each & set(grams[number])]
        assert search.first_document.get(number) == (holding[0] if holding else None)
        shared = max((longest_shared_run(passage, document) for document in documents), default=0)
        needed = min(length, len(words(passage)))
        assert search.longest[number] == (shared if shared >= needed else 0)
    assert search.num_documents == len(documents)
    assert search.num_words == sum(len(words(document)) for document in documents)


@settings(max_examples=50)
@given(st.lists(st.sampled_from([b"a", b"b"]), max_size=60), st.data())
def test_every_occurrence_is_found_once_and_in_order(document, data):
    length = data.draw(st.integers(1, 14))
    gram = st.lists(st.sampled_from([b"a", b"b"]), min_size=length, max_size=length).map(tuple)
    known = data.draw(st.sets(gram, min_size=1, max_size=5))
    known |= set(ngrams(document[3 : 3 + length], length=length)[: len(document) >= 3 + length])
    occurrences = [
        (start, tuple(document[start : start + length]))
        for start in range(len(document) - length + 1)
        if tuple(document[start : start + length]) in known
    ]
    assert list(Finder(known, length=length).matches(document)) == occurrences


def test_altered_versions_are_found_and_runs_end_with_their_document():
    search = search_for(ngrams(words("a b c d"), length=2), altered=[(b"x", b"y")])
    for document in ("x y", "a b c", "d b c d"):
        search.read(document)
    assert search.longest == [3]
    assert search.first_document == {0: 2}
    assert len(search.found) == 4
