"""The page of proposals in a browser: from the first decision to a benchmark that is scored."""

import pytest

from components.dataset.proposals.accept import accept_cases
from components.dataset.proposals.alterations import altered_by_rules
from components.formats.cases import read_benchmark, read_cases, write_cases
from components.formats.proposals import read_proposals, read_review

pytestmark = pytest.mark.slow


@pytest.fixture
def shown(proposed):
    return [each for each in read_proposals(proposed) if not each.refused_by]


@pytest.fixture
def context(browser):
    """A browser of a person: what it keeps is gone afterwards. It must ask nobody for anything."""
    context, requests = browser.new_context(accept_downloads=True), []
    context.on("request", lambda request: requests.append(request.url))
    yield context
    context.close()
    assert {url.partition(":")[0] for url in requests} <= {"file", "blob", "data"}


def opened(context, proposed):
    page, problems = context.new_page(), []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.problems = problems
    page.goto((proposed / "review.html").as_uri())
    return page


def another(row):
    """Another altered version than that of a proposal."""
    versions = {altered_by_rules(row.original_abstract, seed=seed) for seed in range(9)}
    return min(versions - {row.incorrect_abstract})


def saved(page, file, act):
    with page.expect_download() as download:
        act()
    download.value.save_as(file)
    return read_review(file)


def test_decisions_by_keyboard_become_cases_that_are_read(context, proposed, shown, tmp_path):
    page = opened(context, proposed)
    page.get_by_label("Your name or code").fill("K L")
    page.get_by_role("heading", name="Proposal 1 of").focus()
    assert page.locator("#original mark").all_inner_texts()
    for _ in range(2):
        page.keyboard.press("a")
    page.keyboard.press("r")  # the first reason has the focus: choose the second
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("a, “b”")
    page.keyboard.press("Enter")
    page.keyboard.press("m")
    page.get_by_label("The altered version").fill(shown[3].original_abstract)
    page.keyboard.press("Control+Enter")
    assert page.get_by_text("The text is that of the original.").is_visible()
    mended = another(shown[3])
    page.get_by_label("The altered version").fill(f"{mended}\n")
    page.keyboard.press("Control+Enter")
    assert "4 of 11 decided: 2 accepted, 1 mended, 1 refused" in page.inner_text("#count")
    # Closed and opened again, the page goes on with the first undecided proposal.
    page.close()
    page = opened(context, proposed)
    assert page.get_by_role("heading", name="Proposal 5 of 11").is_visible()
    for key in ("a", "ArrowLeft", "z", "a"):
        page.keyboard.press(key)
    rows = saved(page, tmp_path / "review.csv", lambda: page.keyboard.press("s"))
    assert [each.proposal for each in rows] == [each.proposal for each in shown[:5]]
    assert [each.decision for each in rows] == ["accept", "accept", "refuse", "mend", "accept"]
    assert rows[3].incorrect_abstract == mended
    assert rows[2].reason == "Both versions could be true: a, “b”"
    assert {each.reviewer for each in rows} == {"K L"}
    assert not page.problems


def test_from_proposals_to_a_benchmark(context, proposed, shown, demo_folder, tmp_path):
    page = opened(context, proposed)
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("button", name="Save decisions").click()
    assert page.get_by_text("Give your name or code first.").is_visible()
    page.get_by_label("Your name or code").fill("KL")
    page.get_by_role("button", name="Mend").click()
    page.get_by_label("The altered version").fill(another(shown[1]))
    page.get_by_role("button", name="Keep this text").click()
    page.get_by_role("button", name="Refuse").first.click()
    page.get_by_text("It reads badly").click()
    page.locator("#refusal").get_by_role("button", name="Refuse").click()
    review = tmp_path / "review.csv"
    rows = saved(page, review, page.get_by_role("button", name="Save decisions").click)
    assert [each.decision for each in rows] == ["accept", "mend", "refuse"]
    benchmark = tmp_path / "brainbench"
    benchmark.mkdir()
    accept_cases(
        proposals=proposed, reviews=(review,), cases=benchmark / "machine.csv", data=demo_folder
    )
    write_cases(benchmark / "human.csv", [read_cases(benchmark / "machine.csv")[0].row])
    assert len(read_benchmark(benchmark)["machine"]) == 2
    # Another browser goes on from the file.
    other = opened(context.browser.new_context(), proposed)
    other.locator("#load").set_input_files(review)
    other.get_by_text("3 of 11 decided").wait_for()
    assert other.get_by_label("Your name or code").input_value() == "KL"
    other.context.close()


def test_it_fits_a_phone(context, proposed):
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto((proposed / "review.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("button", name="Accept").click()
    assert page.get_by_role("heading", name="Proposal 2 of 11").is_visible()
