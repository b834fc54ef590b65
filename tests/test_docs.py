"""What the pages say to type exists, what they link to is there, and no page is too long."""

import ast
import functools
import re
from pathlib import Path

import pytest

from pipelines.study.params import parse_params

ROOT = Path(__file__).parents[1]
FOLDERS = ("docs", "images", "manifests")
LISTED = [
    *ROOT.glob("*.md"),
    *(each for place in FOLDERS for each in ROOT.glob(f"{place}/**/*.md")),
]
# The changelog also names what is gone.
PAGES = sorted(str(each.relative_to(ROOT)) for each in LISTED if each.name != "CHANGELOG.md")
MAKE_TARGETS = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
CODE = "".join(each.read_text() for each in (ROOT / "tests").rglob("*.py"))
SOURCES = [file for place in ("components", "pipelines") for file in (ROOT / place).rglob("*.py")]
MODULES = {each.name for each in SOURCES}
TESTS = set(re.findall(r"def (test_\w+)\(", CODE))


def commands():
    """Every `python -m` command of our own: page, module, words and flags."""
    for page in PAGES:
        text = re.sub(r"\\\n\s*", "", (ROOT / page).read_text())  # long commands in one line
        text = re.sub(r"python -m\s+", "python -m ", text)
        pattern = r"python -m ((?:benchmarks|components|pipelines)[\w.]*)([^`#|&\n]*)"
        for module, rest in re.findall(pattern, text):
            word = re.match(r" ([a-z]+(?:-[a-z]+)*)\b", rest)
            yield page, module, word and word[1], tuple(re.findall(r" --([\w-]+)", rest))


def file_of(module):
    place = ROOT / module.replace(".", "/")
    found = [place / "__main__.py", place.with_suffix(".py"), place / "__init__.py"]
    return next(file for file in found if file.is_file())


def flags_of(name, file):
    """The flags of a function that a file defines or imports."""
    tree = ast.parse(file.read_text())
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return {each.arg for each in node.args.kwonlyargs}
        if isinstance(node, ast.ImportFrom) and name in {each.name for each in node.names}:
            place = ROOT / node.module.replace(".", "/")
            inside = place / "__init__.py"
            return flags_of(name, inside if inside.is_file() else place.with_suffix(".py"))
    raise AssertionError(f"no {name} in {file}")


@functools.cache
def programs(module):
    """The flags of a program, by subcommand; by None if it has none."""
    file = file_of(module)
    call = next(
        node
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "run" and node.args
    )
    (given,) = call.args
    if isinstance(given, ast.Dict):
        pairs = zip(given.keys, given.values, strict=True)
        return {key.value: flags_of(value.id, file) for key, value in pairs}
    if isinstance(given, ast.Constant):
        stage = ROOT / "components" / given.value / "stage.py"
        return {None: flags_of(given.value, stage)}
    return {None: flags_of(given.id, file)}


@pytest.mark.parametrize(
    ("page", "module", "word", "flags"), sorted(set(commands()), key=str), ids=str
)
def test_every_command_is_one_with_these_flags(page, module, word, flags):
    if not module.startswith("pipelines") and not flags and not word:
        assert file_of(module)
        return
    known = programs(module)
    if None not in known and word is None:
        assert set(flags) <= {"help"}, page
        return
    taken = known[None if None in known else word]
    assert {flag.replace("-", "_") for flag in flags} <= {*taken, "help"}, page


@pytest.mark.parametrize("page", PAGES)
def test_every_target_link_path_and_test_that_a_page_names_is_there(page):
    text = (ROOT / page).read_text()
    targets = set(re.findall(r"(?:^    |`)(?:\w+=\w+ )?make ([a-z0-9-]+)", text, re.MULTILINE))
    assert targets <= MAKE_TARGETS
    for path in re.findall(r"`((?:components|pipelines|tests|benchmarks|docs)/[\w/.-]+)`", text):
        assert (ROOT / path).exists(), path
    assert set(re.findall(r"`(\w+\.py)`", text)) <= MODULES
    assert set(re.findall(r"`(test_\w+)`", text)) <= TESTS
    for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text):
        file = (ROOT / page).parent / target if target else ROOT / page
        assert file.exists(), target
        if heading:
            lines = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}
            assert heading in anchors, f"{target}#{heading}"


def test_every_benchmark_explains_itself_by_help():
    programs = [file for file in ROOT.glob("benchmarks/*.py") if "__main__" in file.read_text()]
    silent = [each.name for each in programs if "    run(" not in each.read_text()]
    assert programs
    assert not silent


def test_the_readme_is_short():
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 120
    tree = text.partition("## What is where\n\n")[2].partition("\n\n")[0]
    assert len(tree.splitlines()) <= 20


def test_the_example_of_a_variant_is_a_row_of_the_demos_params():
    page = (ROOT / "CONTRIBUTING.md").read_text()
    row = re.search(r"^    (gpt2-long: .*)$", page, re.MULTILINE)[1]
    text = (ROOT / "params.yaml").read_text().replace("\noverlap:", f"  {row}\n\noverlap:")
    assert "gpt2-long" in parse_params(text, where="params.yaml").variants
