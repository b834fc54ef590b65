import os
import re
import shutil

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def page(finished):
    return (finished / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        reason = f"no browser to open the report with: none of {', '.join(BROWSERS)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=found, args=FLAGS)
        yield opened
        opened.close()


def test_it_names_no_other_place(page):
    addresses = re.findall(r"(?:src|href|srcset|action|data|poster)\s*=\s*[\"']([^\"']*)", page)
    inside = {f"#{name}" for name in re.findall(r' id="([^"]*)', page)}
    pictures = [address for address in addresses if address not in inside]
    assert len(pictures) == 17  # the icon, and each picture twice
    assert all(address.startswith("data:") for address in pictures)
    for word in ("url(", "@import", "<script", "<iframe", '<link rel="stylesheet'):
        assert word not in page


def test_it_escapes_what_it_is_given(page):
    assert "brook &lt;lore&gt;" in page
    assert "<lore>" not in page
    assert "<b>moonlight" not in page


def test_it_says_on_top_that_a_field_is_made_up(page):
    banner = page.index("Made-up field: the papers, the cases and the human participants")
    assert banner < page.index("Trained from scratch")
    assert "Nothing here says anything about real brooks." in page


def test_it_says_what_was_run(page):
    for words in (
        "v1-3-gabc",
        "0123456789abcdef.dir",
        "7 files",
        "tiny-field:\n    architecture: gpt2",
        "python 3.11.7, torch 2.13.0",
        "protocol corrected, prompt none, precision float32",
    ):
        assert words in page


def test_it_says_that_perplexities_of_other_tokenizers_do_not_compare(page):
    assert "different tokenizers are not comparable" in page


@pytest.mark.parametrize(("width", "height"), [(360, 800), (1280, 900)])
def test_a_browser_shows_all_of_it_and_asks_for_nothing_more(finished, browser, width, height):
    tab = browser.new_page(viewport={"width": width, "height": height})
    said, requested = [], []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: requested.append(request.url))
    address = (finished / "report.html").resolve().as_uri()
    tab.goto(address)
    widths = tab.evaluate("[...document.images].map(image => image.naturalWidth)")
    whole = tab.evaluate("document.documentElement.scrollWidth")
    missing = tab.evaluate("[...document.images].filter(image => !image.alt).length")
    tab.close()
    assert said == []
    assert [url for url in requested if not url.startswith("data:")] == [address]
    assert len(widths) == 8
    assert all(widths)
    assert missing == 0
    assert whole <= width
