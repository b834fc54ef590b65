"""The page of the questionnaire as an expert uses it, in a browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from components.dataset.answers import participants
from components.dataset.questionnaire import questionnaire
from components.figures.stage import figures
from components.formats.answers import read_answers
from components.formats.cases import read_benchmark
from components.formats.participants import read_trials
from components.statistics.stage import statistics
from tests.figures.conftest import not_drawn, stage_arguments
from tests.made_up_study import statistics_arguments, write_inputs

pytestmark = pytest.mark.slow

NUMBER = 3  # cases of an expert
SECONDS = 60  # for which an expert reads a case


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The inputs of a made-up study with its questionnaire; read only."""
    folder = tmp_path_factory.mktemp("questionnaire")
    write_inputs(folder)
    (folder / "consent.txt").write_text("I am of age.\n\nMy answers are published.\n")
    questionnaire(
        name="brook lore",
        consent=folder / "consent.txt",
        contact="ada@example.org",
        cases=folder / "brainbench",
        page=folder / "page.html",
        codes=folder / "codes.txt",
        experts=6,
        human_cases=2,
        machine_cases=1,
    )
    return folder


@pytest.fixture
def codes(made):
    return (made / "codes.txt").read_text().split()


@pytest.fixture
def context(browser):
    """Makes a browser that remembers nothing of others and may be opened and closed."""
    opened = []

    def make(**options):
        options = {"viewport": {"width": 1280, "height": 900}} | options
        opened.append(browser.new_context(**options))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def visit(made):
    """Opens the page, by a clock of its own; it may request nothing and complain of nothing."""
    address = (made / "page.html").as_uri()
    seen = []

    def open_page(opened, *, fragment=""):
        tab = opened.new_page()
        tab.on("console", lambda message: seen.append(message.text))
        tab.on("pageerror", lambda error: seen.append(str(error)))
        tab.on("request", lambda request: seen.append(request.url))
        tab.clock.install()
        tab.goto(address + fragment)
        return tab

    yield open_page
    assert [each for each in seen if each.partition("#")[0] != address] == []


def begin(tab, code):
    tab.get_by_label("I have read this").check()
    tab.get_by_label("Your code").fill(code)
    tab.get_by_role("button", name="Begin").click()


def answer(tab, *, version="A", confidence=70, expertise=30, recognised=False):
    tab.get_by_role("radio", name=f"Version {version}").check()
    tab.get_by_label("How sure").fill(str(confidence))
    tab.get_by_label("How well").fill(str(expertise))
    if recognised:
        tab.get_by_label("I have seen").check()
    tab.clock.fast_forward(1000 * SECONDS)
    tab.get_by_role("button", name="Continue").click()


def practise(tab):
    answer(tab)
    tab.get_by_role("button", name="Begin with the first").click()


def heading(tab):
    return tab.get_by_role("heading", level=1).inner_text()


def save(tab, file, *, button="Save my answers"):
    with tab.expect_download() as download:
        tab.get_by_role("button", name=button).click()
    download.value.save_as(file)
    return download.value.suggested_filename


def check_screen(tab):
    """Nothing is cut off, axe finds no fault, and the heading has the focus and is in the title."""
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()
    assert tab.evaluate("document.activeElement.tagName") == "H1"
    assert tab.title().startswith(heading(tab))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"color_scheme": "dark"},
        {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True},
    ],
    ids=["light", "dark", "phone"],
)
def test_every_screen_is_whole_and_accessible(context, visit, codes, options):
    tab = visit(context(**options))
    screens = []

    def look():
        check_screen(tab)
        screens.append(heading(tab))

    look()
    begin(tab, codes[0])
    look()
    answer(tab)
    look()
    tab.get_by_role("button", name="Begin with the first").click()
    look()
    tab.reload()
    look()
    tab.get_by_role("button", name="Continue").click()
    for _ in range(NUMBER):
        answer(tab)
    look()
    assert screens == [
        "Predicting results in brook lore",
        "An example for practice",
        "That was the example",
        "Case 1 of 3",
        "Welcome back",
        "Thank you",
    ]


def test_the_keyboard_alone_answers_all_of_it(context, visit, codes, tmp_path):
    tab = visit(context())
    press = tab.keyboard.press

    def go(name):
        """Moves by Tab to what a screen reader calls by this name."""
        for _ in range(12):
            press("Tab")
            label = (
                "document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText"
            )
            if name in tab.evaluate(label):
                return
        pytest.fail(f"no way by Tab to {name}")

    def answer_by_keys():
        go("Version A")
        press("Space")
        press("ArrowDown")  # to version B
        go("How sure")
        press("End")
        go("How well")
        press("Enter")  # where it stands
        go("Continue")
        tab.clock.fast_forward(1000 * SECONDS)
        press("Enter")

    go("I have read this")
    press("Space")
    go("Your code")
    tab.keyboard.type(codes[0].lower())
    press("Enter")
    answer_by_keys()
    go("Begin with the first")
    press("Enter")
    for _ in range(NUMBER):
        answer_by_keys()
    go("Save my answers")
    with tab.expect_download() as download:
        press("Enter")
    assert download.value.suggested_filename == f"answers-{codes[0]}.csv"
    download.value.save_as(tmp_path / "answers.csv")
    rows = read_answers(tmp_path / "answers.csv")
    assert [(row.pid, row.trial, row.trials) for row in rows] == [
        (codes[0], n, 3) for n in (1, 2, 3)
    ]
    assert {(row.confidence, row.expertise) for row in rows} == {(100, 50)}
    assert not any(row.chosen == row.first for row in rows)
    assert tab.get_by_role("status").inner_text().endswith("Please send it to ada@example.org.")


def test_an_answer_is_what_was_shown_chosen_and_said(made, context, visit, codes, tmp_path):
    tab = visit(context())
    begin(tab, codes[1])
    practise(tab)
    chosen = []
    for version, recognised in (("A", False), ("B", True), ("A", False)):
        chosen.append(
            tab.locator("article", has_text=f"Version {version}").locator("p").inner_text()
        )
        answer(tab, version=version, recognised=recognised, confidence=0, expertise=100)
    save(tab, tmp_path / "answers.csv")
    rows = read_answers(tmp_path / "answers.csv")
    assert [row.recognised for row in rows] == [False, True, False]
    assert {(row.confidence, row.expertise, row.click_outside) for row in rows} == {(0, 100, None)}
    for row in rows:
        assert 1000 * SECONDS <= row.rt < 1000 * SECONDS + 10_000
    participants(
        answers=(tmp_path / "answers.csv",),
        name="x",
        cases=made / "brainbench",
        data=tmp_path / "data",
        fastest=0,
    )
    cases = read_benchmark(made / "brainbench")
    file = tmp_path / "data" / "participants" / "participant_data.csv"
    for trial, text in zip(read_trials(file, cases=cases), chosen[::2], strict=True):
        assert trial.correct == (cases[trial.author][trial.case].original == text)
    assert (
        tab.get_by_label("Copy this text").input_value() == (tmp_path / "answers.csv").read_text()
    )


def test_what_is_missing_is_said_and_gets_the_focus(context, visit, codes):
    tab = visit(context())
    focus = "document.activeElement.id || document.activeElement.value"
    tab.get_by_role("button", name="Begin").click()
    assert tab.evaluate(focus) == "consent"
    tab.get_by_label("I have read this").check()
    tab.get_by_label("Your code").fill("AAAAA")
    tab.get_by_role("button", name="Begin").click()
    assert tab.evaluate(focus) == "code"
    assert tab.locator("#code-error").inner_text().startswith("No invitation has this code.")
    begin(tab, codes[0])
    practise(tab)
    for expected, fill in (
        ("0", lambda: tab.get_by_role("radio", name="Version B").check()),
        ("confidence", lambda: tab.get_by_label("How sure").click()),  # where it stands
        ("expertise", lambda: tab.get_by_label("How well").press("ArrowLeft")),
    ):
        tab.get_by_role("button", name="Continue").click()
        assert heading(tab) == "Case 1 of 3"
        assert tab.evaluate(focus) == expected
        fill()
    assert tab.get_by_role("alert").all_inner_texts() == ["", "", ""]
    tab.get_by_role("button", name="Continue").click()
    assert heading(tab) == "Case 2 of 3"
    assert tab.get_by_label("How sure").get_attribute("aria-valuetext") == "not answered yet"
    assert tab.get_by_role("radio", checked=True).count() == 0


def test_closing_the_page_loses_no_answer_and_no_time(context, visit, codes, tmp_path):
    opened = context()
    tab = visit(opened)
    begin(tab, codes[2])
    practise(tab)
    answer(tab)
    shown = tab.locator("#first").inner_text()
    tab.clock.fast_forward(1000 * SECONDS)
    tab.reload()
    assert heading(tab) == "Welcome back"
    assert "1 of 3 cases are answered" in tab.locator("#back-text").inner_text()
    tab.clock.fast_forward(3600_000)  # not reading
    tab.get_by_role("button", name="Continue").click()
    assert (heading(tab), tab.locator("#first").inner_text()) == ("Case 2 of 3", shown)
    answer(tab)
    tab.close()
    tab = visit(opened)
    tab.get_by_role("button", name="Continue").click()
    answer(tab)
    save(tab, tmp_path / "answers.csv")
    rows = read_answers(tmp_path / "answers.csv")
    assert [row.click_outside for row in rows] == [None, "clicked", "clicked"]
    assert [round(row.rt / 1000 / SECONDS) for row in rows] == [1, 2, 1]


def test_a_saved_file_continues_in_another_browser(context, visit, codes, tmp_path):
    tab = visit(context())
    begin(tab, codes[3])
    practise(tab)
    answer(tab)
    file = tmp_path / "saved.csv"
    assert save(tab, file, button="Save answers so far") == f"answers-{codes[3]}-unfinished.csv"
    other = visit(context())
    other.get_by_text("Continue from a file").click()
    for content in ("", "pid\n1\n", file.read_text().replace(codes[3], codes[4])):
        wrong = {"name": "wrong.csv", "mimeType": "text/csv", "buffer": content.encode()}
        other.get_by_label("The file with").set_input_files(wrong)
        other.get_by_text("This file was not saved by this page.").wait_for()
    other.get_by_label("The file with").set_input_files([])  # as cancelling the choice does
    other.get_by_label("The file with").set_input_files(file)
    other.get_by_role("button", name="Continue").click()
    for _ in range(2):
        answer(other)
    save(other, tmp_path / "whole.csv")
    assert read_answers(tmp_path / "whole.csv")[0] == read_answers(file)[0]
    assert len(read_answers(tmp_path / "whole.csv")) == NUMBER


def test_an_older_file_takes_nothing_back(context, visit, codes, tmp_path):
    tab = visit(context())
    begin(tab, codes[3])
    practise(tab)
    answer(tab)
    save(tab, tmp_path / "saved.csv", button="Save answers so far")
    answer(tab)
    tab.reload()
    tab.get_by_role("button", name="Use another code").click()
    tab.get_by_text("Continue from a file").click()
    tab.get_by_label("The file with").set_input_files(tmp_path / "saved.csv")
    tab.get_by_role("heading", name="Welcome back").wait_for()
    assert "2 of 3 cases are answered" in tab.locator("#back-text").inner_text()


def test_two_tabs_answer_a_case_once(context, visit, codes, tmp_path):
    opened = context()
    one = visit(opened)
    begin(one, codes[4])
    practise(one)
    other = visit(opened)
    other.get_by_role("button", name="Continue").click()
    answer(one)
    answer(other)  # the same case again
    assert heading(other) == "Case 2 of 3"
    save(other, tmp_path / "saved.csv", button="Save answers so far")
    assert len(read_answers(tmp_path / "saved.csv")) == 1


def test_an_invitation_continues_no_other_experts_answers(context, visit, codes):
    opened = context()
    begin(visit(opened, fragment=f"#{codes[0]}"), codes[0])
    other = visit(opened, fragment=f"#{codes[1].lower()}")
    assert heading(other) == "Predicting results in brook lore"
    assert other.get_by_label("Your code").input_value() == codes[1]
    for fragment in ("", "#typo", f"#{codes[0]}"):
        assert heading(visit(opened, fragment=fragment)) == "Welcome back"


def test_another_invitation_in_the_same_tab_is_followed(context, visit, codes):
    tab = visit(context(), fragment=f"#{codes[0]}")
    begin(tab, codes[0])
    tab.evaluate(f"location.hash = '{codes[1]}'")  # as in the address bar, which loads nothing
    tab.get_by_label("Your code").wait_for()
    assert tab.get_by_label("Your code").input_value() == codes[1]


def test_a_browser_that_keeps_nothing_says_so(context, visit, codes):
    opened = context()
    opened.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw 0; } })")
    tab = visit(opened, fragment=f"#{codes[0]}")
    assert tab.get_by_label("Your code").input_value() == codes[0]
    begin(tab, codes[0])
    practise(tab)
    assert tab.locator("#kept-text").inner_text().startswith("This browser keeps no answers")
    for _ in range(NUMBER):
        answer(tab)
    assert heading(tab) == "Thank you"


def test_the_page_cannot_send_anything(made, context):
    tab = context().new_page()
    tab.goto((made / "page.html").as_uri())
    send = "fetch('http://127.0.0.1:9').catch(() => document.title = 'refused')"
    with tab.expect_console_message(lambda message: "Content Security Policy" in message.text):
        tab.evaluate(send)
    tab.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img onerror=\"window.ran = 1\" src=x>')"
    )
    tab.wait_for_timeout(100)
    assert tab.evaluate("window.ran") is None


def test_answers_become_a_report(made, context, visit, codes, tmp_path):
    (tmp_path / "answers").mkdir()
    for code in codes:
        tab = visit(context())
        begin(tab, code)
        practise(tab)
        for confidence in (20, 50, 90):
            answer(tab, confidence=confidence, version="B" if confidence == 50 else "A")
        save(tab, tmp_path / "answers" / f"{code}.csv")
    participants(
        answers=(tmp_path / "answers",),
        name="brooks",
        cases=made / "brainbench",
        data=tmp_path / "data",
    )
    file = tmp_path / "data" / "participants" / "participant_data.csv"
    statistics(**statistics_arguments(made, tmp_path) | {"participants": file})
    with not_drawn():
        figures(**stage_arguments(made, tmp_path))
    right = [trial.correct for trial in read_trials(file) if trial.author == "human"]
    report = " ".join((tmp_path / "report.html").read_text().split())
    assert f"experts did so in {sum(right) / 12:.1%} of their 12 trials" in report
    assert "The 12 trials of 6 participants on human-made cases" in report
