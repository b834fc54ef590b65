import base64
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from components.figures.stage import figures
from components.figures.style import NARROW, NOTICE, POINTS_PER_INCH, WIDE, save_figure, styled, svg
from components.formats.field import Field, write_field
from components.runtime.errors import InputError
from tests import made_up_study
from tests.figures.conftest import REVISION, stage_arguments
from tests.made_up_study import write_inputs

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NAMES = (
    "accuracy",
    "calibration",
    "contexts",
    "differences",
    "cues",
    "memorisation",
    "sections",
    "segmentation",
    "training",
    "vocabulary",
)
FILES = [f"{name}.{kind}" for name in NAMES for kind in ("pdf", "png", "svg")]


def replace(file, old, new, count=-1):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, count), encoding="utf-8")


def test_it_writes_every_figure_in_every_format(finished):
    assert sorted(each.name for each in (finished / "figures").iterdir()) == sorted(
        [*FILES, "table.csv", "table.md", "table.tex"]
    )


def test_another_process_makes_the_same_bytes(
    finished, inputs, page, undrawn, tmp_path, monkeypatch
):
    """The same page, and the same figures as SVG, and as PDF and PNG one of them."""
    monkeypatch.setenv("REVISION", REVISION)
    shown = page(inputs)
    report = (finished / "report.html").read_text(encoding="utf-8")
    embedded = r"data:image/svg\+xml;base64,([\w+/=]*)"
    assert " ".join(re.sub(embedded, "data:,", report).split()) == shown
    found = [base64.b64decode(each) for each in re.findall(embedded, report)]
    with styled():
        made = {svg(draw(width=WIDE)): svg(draw(width=NARROW)) for draw in undrawn.values()}
        save_figure(undrawn["accuracy"](width=WIDE), tmp_path, name="accuracy")
    assert made == dict(zip(found[1::2], found[::2], strict=True))
    for kind in ("pdf", "png", "svg"):
        name = f"accuracy.{kind}"
        assert (tmp_path / name).read_bytes() == (finished / "figures" / name).read_bytes(), name


def test_a_pdf_embeds_its_fonts(finished):
    content = (finished / "figures" / "accuracy.pdf").read_bytes()
    assert b"/FontFile2" in content
    assert b"DejaVuSans" in content


def test_standard_output_is_the_table_and_the_reports_path(finished):
    table = (finished / "figures" / "table.md").read_text(encoding="utf-8")
    printed = (finished / "stdout.txt").read_text(encoding="utf-8")
    assert printed == f"{table}\n{finished / 'report.html'}\n"
    assert len({len(line) for line in table.splitlines()}) == 1
    assert "| tiny-field        | random weights, domain tokenizer, 2 epochs" in table


def test_every_figure_of_a_made_up_field_says_so(finished, inputs, page, undrawn):
    page(inputs)
    for name, draw in undrawn.items():
        height = draw(width=WIDE, notice="").get_figheight() * POINTS_PER_INCH
        written = (finished / "figures" / f"{name}.svg").read_text(encoding="utf-8")
        shown = float(re.search(r'height="([\d.]+)pt"', written)[1])
        assert shown == pytest.approx(height + NOTICE), name  # the line that says it


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("evidence/summary.json", '"num_misfits"', '"misfits"', "no num_misfits"),
        ("terms/domain.csv", "yes", "maybe", "tag is 'maybe', expected 'yes', 'no' or 'filtered'"),
        ("field.json", '"made_up": true', '"made_up": "yes"', "made_up is 'yes'"),
        ("data.dvc", "md5: ", "etag: ", "no outs.0.md5"),
        ("brainbench/machine.csv", "doi", "id", "no column doi"),
    ],
)
def test_a_bad_input_is_named_and_the_last_results_stay(
    finished, inputs, tmp_path, name, old, new, words
):
    replace(inputs / name, old, new, 1)
    arguments = stage_arguments(inputs, tmp_path) | {"statistics": finished / "statistics"}
    arguments["report"].write_text("the last run's")
    with pytest.raises(InputError) as caught:
        figures(**arguments)
    assert arguments["report"].read_text() == "the last run's"
    assert words in str(caught.value)
    assert name.split("/")[-1] in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", ["templates/report.html.jinja", "style.py"])
def test_a_changed_template_or_colour_runs_the_figures_only(file):
    stages = YAML(typ="safe", pure=True).load(ROOT / "dvc.yaml")["stages"]
    inputs = {name: stage.get("do", stage)["deps"] for name, stage in stages.items()}
    changed = {Path("components/figures", file), *map(Path, stages["figures"]["outs"])}
    readers = {
        name
        for name, paths in inputs.items()
        if any(each.is_relative_to(path) for each in changed for path in paths)
    }
    assert readers == {"figures"}


def test_it_imports_neither_torch_nor_transformers_nor_kfp(finished):
    """Python names on standard error what a process imports, if asked; the stage nothing else."""
    lines = (finished / "stderr.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("import time:")] == []
    imported = {line.split("|")[-1].strip() for line in lines}
    assert "components.figures.report" in imported
    assert not imported & {"torch", "transformers", "kfp", "matplotlib.pyplot"}


@pytest.fixture(scope="module")
def report(finished):
    return (finished / "report.html").read_text(encoding="utf-8")


def test_it_names_no_other_place(report):
    addresses = re.findall(r"(?:src|href|srcset|action|data|poster)\s*=\s*[\"']([^\"']*)", report)
    inside = {f"#{name}" for name in re.findall(r' id="([^"]*)', report)}
    pictures = [address for address in addresses if address not in inside]
    assert len(pictures) == 21  # the icon, and each picture twice
    assert all(address.startswith("data:") for address in pictures)
    for word in ("url(", "@import", "<script", "<iframe", '<link rel="stylesheet'):
        assert word not in report


def test_figures_are_numbered_in_the_order_of_the_page(report):
    found = [int(number) for number in re.findall(r"<b>Figure (\d+)\.", report)]
    assert found == list(range(1, 11))


def test_it_escapes_what_it_is_given(report):
    assert "brook &lt;lore&gt;" in report
    assert "<lore>" not in report
    assert "<b>moonlight" not in report


def test_what_a_benchmark_or_field_holds_runs_nothing_and_moves_no_cursor(
    page, tmp_path, monkeypatch
):
    hostile = "</title></script><script>alert(1)</script><img src=x onerror=alert(1)> \x1b[2J\u202e"
    plain = made_up_study.abstract
    monkeypatch.setattr(made_up_study, "abstract", lambda *case: f"{hostile} {plain(*case)}")
    monkeypatch.setattr(made_up_study, "doi", lambda author, n: f"javascript:alert('{author}{n}')")
    write_inputs(tmp_path / "inputs")
    write_field(tmp_path / "inputs" / "field.json", Field(hostile, made_up=True, notice=hostile))
    report = page(tmp_path / "inputs")
    assert "&lt;script&gt;alert(1)" in report
    assert r"\x1b[2J\u202e" in report
    for word in ("<script", "<img src=x", 'href="javascript', "\x1b", "\u202e"):
        assert word not in report


def test_it_says_on_top_that_a_field_is_made_up(report):
    banner = report.index("Made-up field: the papers, the cases and the human participants")
    assert banner < report.index("Trained from scratch")
    assert "Nothing here says anything about real brooks." in report


def test_it_says_what_was_run(report):
    for words in (
        REVISION,
        "0123456789abcdef.dir",
        "7 files",
        "tiny-field:\n    architecture: gpt2",
        "python 3.11.7, torch 2.13.0",
        "protocol corrected, prompt none, precision float32",
    ):
        assert words in report


def test_it_says_that_perplexities_of_other_tokenizers_do_not_compare(report):
    assert "different tokenizers are not comparable" in report


@pytest.mark.parametrize(("width", "height"), [(360, 800), (1024, 768), (1280, 900)])
def test_a_browser_shows_all_of_it_and_requests_nothing_else(finished, browser, width, height):
    tab = browser.new_page(viewport={"width": width, "height": height})
    said, requested = [], []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: requested.append(request.url))
    address = (finished / "report.html").resolve().as_uri()
    tab.goto(address)
    widths = tab.evaluate("[...document.images].map(image => image.naturalWidth)")
    whole = tab.evaluate("document.documentElement.scrollWidth")
    hidden = tab.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('.grid'))")
    missing = tab.evaluate("[...document.images].filter(image => !image.alt).length")
    tab.close()
    assert said == []
    assert [url for url in requested if not url.startswith("data:")] == [address]
    assert len(widths) == 10
    assert all(widths)
    assert missing == 0
    assert whole <= width
    assert hidden == 0
