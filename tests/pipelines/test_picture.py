"""The picture of the compiled pipeline."""

import re
from xml.etree import ElementTree

import pytest

from components.errors import InputError
from pipelines.kubeflow.compilation import COMPILED
from pipelines.picture.columns import Place, columns_of, links_of
from pipelines.picture.draw import PICTURE, draw
from pipelines.picture.heights import heights
from pipelines.picture.order import crossings, orders
from pipelines.picture.tasks import Task, read_tasks
from tests.conftest import ROOT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def tasks():
    return read_tasks(ROOT / COMPILED)


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    file = tmp_path_factory.mktemp("picture") / "pipeline.svg"
    draw(compiled=ROOT / COMPILED, picture=file)
    return file.read_text()


def chain(*names, after=()):
    """A task after each other, each a stage of its own."""
    found = []
    for name in names:
        found.append(Task(name, name, tuple(after), "models", gpu=False))
        after = (name,)
    return found


def test_the_picture_is_that_of_the_compiled_pipeline(picture):
    assert picture == (ROOT / PICTURE).read_text(), "run python -m pipelines draw"


def test_every_task_is_a_box_with_its_title(picture, tasks):
    groups = list(ElementTree.fromstring(picture).iter(f"{SVG}g"))
    boxes = {each[0].text: each for each in groups if each[0].tag == f"{SVG}title"}
    assert boxes.keys() == {task.stage for task in tasks}
    for task in tasks:
        words = " ".join(each.text for each in boxes[task.stage].findall(f"{SVG}text"))
        assert words.removesuffix(" GPU") == task.title
        assert words.endswith(" GPU") == task.gpu


def test_as_many_arrows_end_as_tasks_need_others(picture, tasks):
    assert picture.count("url(#tip)") >= max(len(task.after) for task in tasks)
    columns = columns_of(tasks)
    assert picture.count("<path d='M") - 1 == len(links_of(tasks, columns))


def test_nothing_in_it_changes_from_run_to_run(picture, tmp_path):
    draw(compiled=ROOT / COMPILED, picture=tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_text() == picture
    assert not re.search(r"\b20\d\d-|http(?!://www.w3.org)", picture)


def test_every_task_stands_behind_those_that_it_needs(tasks):
    columns = columns_of(tasks)
    for task in tasks:
        assert all(columns[stage] < columns[task.stage] for stage in task.after)


def test_the_same_stage_of_all_variants_stands_in_one_column(tasks):
    columns = columns_of(tasks)
    for family in ("tokenizer", "training", "brainbench"):
        assert len({columns[task.stage] for task in tasks if task.family == family}) == 1


def test_a_task_that_needs_nothing_stands_just_before_the_first_that_needs_it():
    lone = Task("lone", "lone", (), "models", gpu=False)
    last = Task("last", "last", ("c", "lone"), "models", gpu=False)
    columns = columns_of([*chain("a", "b", "c"), lone, last])
    assert columns == {"a": 0, "b": 1, "c": 2, "lone": 2, "last": 3}


def test_links_join_neighbouring_columns_and_arrows_of_one_task_run_together():
    tasks = chain("a", "b", "c")
    tasks += [Task(name, name, ("a", "c"), "models", gpu=False) for name in ("d@1", "d@2")]
    links = links_of(tasks, columns_of(tasks))
    assert all(start.column + 1 == end.column for start, end in links)
    bends = {place for link in links for place in link if not place.is_task}
    assert bends == {Place("a", 1, is_task=False), Place("a", 2, is_task=False)}


def test_arrows_that_need_not_cross_do_not():
    left = [Place(name, 0) for name in "abcd"]
    right = [Place(name, 1) for name in "dbca"]
    links = [(one, other) for one in left for other in right if one.stage == other.stage]
    assert crossings([left, right], links) > 0
    assert all(crossings(each, links) == 0 for each in orders([left, right], links))


def test_places_of_a_column_keep_their_order_and_distance():
    left, right = [Place("a", 0)], [Place(name, 1) for name in "bcd"]
    links = [(left[0], each) for each in right]
    found = heights([[left, right]], links, gap=lambda *_: 10.0)
    assert [found[place] - found[left[0]] for place in right] == pytest.approx([-10, 0, 10])


@pytest.mark.parametrize("text", ["", "- a\n", "root: {dag: {tasks: {}}}\n", "a: [\n"])
def test_a_file_that_is_no_compiled_pipeline_is_named(text, tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=r"study.yaml: found no tasks"):
        read_tasks(file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"not found: .*study.yaml: run python -m pipelines"):
        read_tasks(tmp_path / "study.yaml")
