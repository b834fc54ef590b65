import re

import pytest

from components.evidence.stage import write_evidence
from components.figures.evidence_section import NUM_CASES, NUM_VARIANTS, evidence_section, words
from components.figures.report import TEMPLATES, render
from components.formats.evidence import CasePiece, Place
from tests.case_readings import make_case, read_words

STYLE = (TEMPLATES / "evidence.css").read_text(encoding="utf-8")


@pytest.fixture
def section(tmp_path):
    """The HTML of a section on human-made cases with signs to escape.

    `section(variant=(outcomes, readings), ...)`: a digit a case, and log-probabilities of the
    altered version's words in turn; None for a variant without token readings.
    """

    def build(variants):
        num_cases = len(next(iter(variants.values()))[0])
        cases = [
            make_case("The <b>brook</b> & ", ("rose up", "fell"), " in rain", number=number)
            for number in range(num_cases)
        ]
        outcomes = {
            Place("human", number): {
                name: each[0][number] == "1" for name, each in variants.items()
            }
            for number in range(num_cases)
        }
        readings = {
            name: [
                read_words(case, (-2.0, -3.0), altered, number=number)
                for number, case in enumerate(cases)
            ]
            for name, (_, altered) in variants.items()
            if altered
        }
        write_evidence(tmp_path, outcomes, readings, cases={"human": cases})
        evidence = evidence_section(tmp_path, cases={"human": cases})
        return render("sections/evidence.html.jinja", {"evidence": evidence})

    return build


def study(num_cases=3):
    """Three variants, of which two have token readings."""
    return {
        "one": ("1" * num_cases, (-2.7, -9.0)),
        "t<w>o": (("10" * num_cases)[:num_cases], (-2.7,)),
        "imported": ("0" * num_cases, None),
    }


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page.replace("<br>", " ")))


def shown(page):
    """The variants that are shown of each case."""
    articles = re.findall(r'<article id="([^"]*)">(.*?)</article>', page, flags=re.DOTALL)
    return {name: re.findall(r"<summary><b>([^<]*)", article) for name, article in articles}


def test_it_escapes_what_it_is_given_and_needs_no_script_and_no_other_place(section):
    page = section(study())
    assert "&lt;b&gt;brook&lt;/b&gt;" in page
    assert "t&lt;w&gt;o" in page
    for word in ("<b>brook", "<w>", "<script", "onclick", "url(", "@import", "http:", "src="):
        assert word not in page + STYLE
    links = re.findall(r'href="([^"]*)"', page)
    articles = re.findall(r'<article id="([^"]*)"', page)
    assert sorted(links) == sorted(f"#{name}" for name in articles)
    assert len(links) == 2


def test_it_says_right_and_wrong_sides_and_sizes_without_colour(section):
    page = section(study())
    text = text_of(page)
    assert "✓ right" in text
    assert "✗ wrong" in text
    assert re.search(r"original: rose up −[\d.]+ \| altered: fell −[\d.]+[+−][\d.]+", text)
    for name in ("o1", "o2", "o3", "a1", "a2", "a3"):
        rule = re.search(rf"\.{name} {{[^}}]*border-bottom: ([\d.]+)px (\w+)", STYLE)
        assert rule[2] == ("solid" if name[0] == "o" else "dotted")


def test_it_says_where_sums_and_means_disagree(section):
    text = text_of(section(study()))
    assert "the mean per token prefers the other version" in text
    assert re.search(r" 0 of 3 t&lt;w&gt;o [^a-z]* 3 of 3 Shown", text)
    assert "nats come from the original being longer" in text


def test_it_states_the_rule_and_the_counts(section):
    text = text_of(section(study()))
    assert "The 3 variants disagree in 3 of 3 cases" in text
    assert "All are right in 0 cases, all are wrong in 0." in text
    assert "the first case of each of the first 6 patterns" in text
    assert "2 of 3 variants right" in text


def test_no_tokens_at_all_still_give_the_table(section):
    page = section({"a": ("1", None)})
    text = text_of(page)
    assert "No token probabilities are recorded, so where" in text
    assert "href" not in page
    assert "variants disagree" not in text.split("Where in the text")[0]


def test_the_first_case_of_the_first_patterns_is_shown(section):
    digits = {"a": "01010101", "b": "00110011", "c": "00001111"}
    page = section({name: (each, (-1.0,)) for name, each in digits.items()})
    assert list(shown(page)) == [f"human-{number}" for number in range(2, NUM_CASES + 2)]


def test_only_so_many_variants_are_shown_and_only_known_ones(section):
    variants = {name: ("0", None if name == "a" else (-1.0,)) for name in "abcdefgh"}
    assert shown(section(variants)) == {"human-1": list("bcdefgh"[:NUM_VARIANTS])}


def test_one_variant_alone_shows_a_case_of_each_outcome(section):
    page = section({"a": ("0110", (-1.0,))})
    assert list(shown(page)) == ["human-1", "human-2"]
    assert "split the variants" not in text_of(page)


def test_more_cases_make_the_page_no_longer(section):
    assert len(section(study(60))) < len(section(study(4))) + 100


def literal(text, difference):
    return CasePiece("a", "human", 0, 0, "literal", text, text, 1, 1, difference, 0, difference)


@pytest.mark.parametrize(
    ("difference", "mark"),
    [(0.09, ""), (0.1, "o1"), (0.5, "o2"), (-0.5, "a2"), (-2.0, "a3"), (30.0, "o3"), (0.0, "")],
)
def test_a_word_is_marked_by_side_and_step(difference, mark):
    assert words([literal("brook", difference)])[0].mark == mark


def test_large_differences_and_choices_are_written():
    some = [literal("a ", 0.9), literal("b ", -1.0), literal("c", 0)._replace(kind="choice")]
    assert [word.written for word in words(some)] == [False, True, True]


def test_words_keep_the_space_between_them_and_leave_out_the_prompt():
    some = [literal("", 0)._replace(kind="prompt"), literal("a ", 0), literal("b", 0)]
    some += [literal(".", 0), literal(" c ", 0)]
    assert [(word.texts[0], word.spaced) for word in words(some)] == [
        ("a", False),
        ("b", True),
        (".", False),
        ("c", True),
    ]
