import hashlib
import json
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from components.dataset.demo import demo
from components.dataset.demo.draws import Draws
from components.dataset.demo.field import STREAMS
from components.dataset.demo.world import AGENTS, FACTS, MADE_UP_WORDS, ORGANS, balanced_world
from components.formats.cases import CaseRow, read_benchmark
from components.formats.corpus import SPLITS, documents
from components.formats.field import read_field
from components.formats.participants import read_trials
from components.runtime.errors import InputError

ROOT = Path(__file__).parents[3]
UP = "rose|increased?|grew|rise|gain|bright|more|widen|open|expan|wide|large|quick|accel|fast"


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.md5(path.read_bytes()).hexdigest() for path in files
    }


def stated(text):
    """The facts that a text states, with their outcomes."""
    found = set()
    for clause in re.split(r"[.;] |, (?:and|while) ", text):
        agents = [agent for agent in AGENTS if agent in clause]
        organs = [organ for organ in ORGANS if organ in clause]
        if len(agents) == len(organs) == 1:
            rest = re.sub(r"more than|the mouth of", "", clause)
            found.add(((organs[0], agents[0]), bool(re.search(rf"\b({UP})", rest))))
    return found


def texts(folder, name):
    return [text for split in SPLITS for text in documents(folder / "corpus" / name, split)]


@pytest.fixture(scope="module")
def world():
    return balanced_world(Draws(seed=42, stream=STREAMS.index("world")))


def test_the_bytes_are_those_that_data_dvc_names(field):
    """DVC's digest of a folder: the md5 of its sorted list of files, as JSON."""
    listed = [{"md5": md5, "relpath": path} for path, md5 in digests(field).items()]
    text = json.dumps(sorted(listed, key=lambda entry: entry["relpath"]), sort_keys=True)
    data = YAML(typ="safe", pure=True).load((ROOT / "data.dvc").read_text())
    assert data["outs"][0]["md5"] == hashlib.md5(text.encode()).hexdigest() + ".dir"


def test_another_seed_makes_another_field(field, tmp_path):
    demo(data=tmp_path / "data", seed=43)
    assert not set(digests(tmp_path / "data").values()) & set(digests(field).values())


def test_each_organ_is_changed_either_way_by_half_of_the_agents():
    for seed in range(5):
        world = balanced_world(Draws(seed=seed, stream=0))
        assert set(world) == set(FACTS)
        for organ in ORGANS:
            assert sum(world[fact] for fact in FACTS if fact.organ == organ) == len(AGENTS) / 2


def test_the_benchmark_has_the_published_form_and_sizes(field):
    benchmark = read_benchmark(field / "brainbench")
    sizes = {author: len(cases) for author, cases in benchmark.items()}
    assert sizes == {"human": 200, "machine": 100}
    for author, cases in benchmark.items():
        assert len({case.original for case in cases}) == len(cases)
        assert all(1 <= len(case.choices) <= 4 for case in cases)
        header = (field / "brainbench" / f"{author}.csv").read_text().splitlines()[0]
        assert header.split(",") == list(CaseRow._fields)


def test_a_reader_who_knows_the_facts_does_solve_it(field, world):
    """The papers state each fact alike: the agents' names and outcomes decide every case."""
    for cases in read_benchmark(field / "brainbench").values():
        for case in cases:
            assert stated(case.original) <= set(world.items())
            assert not stated(case.altered) <= set(world.items())


def test_papers_state_what_is_true_and_general_texts_never_mention_the_field(field, world):
    papers, general = texts(field, "domain"), texts(field, "general")
    assert all(stated(text) <= set(world.items()) for text in papers)
    assert not any(word in text.lower() for text in general for word in MADE_UP_WORDS)
    both = {*papers, *general}
    assert len(both) == len(papers) + len(general)
    for cases in read_benchmark(field / "brainbench").values():
        assert not both & {text for case in cases for text in (case.original, case.altered)}


def test_shuffled_papers_say_nothing_about_the_facts_and_all_else_stays(field, world, tmp_path):
    demo(data=tmp_path / "data", facts="shuffled")
    ours, theirs = digests(field), digests(tmp_path / "data")
    assert {path for path in ours if ours[path] != theirs[path]} == {
        "corpus/domain/train.jsonl",
        "corpus/domain/validation.jsonl",
        "field.json",
    }
    statements = [each for text in texts(tmp_path / "data", "domain") for each in stated(text)]
    true = sum(world[fact] == outcome for fact, outcome in statements) / len(statements)
    assert abs(true - 0.5) < 0.02


def test_participants_are_simulated_in_the_published_form(field, reference):
    file = field / "participants" / "participant_data.csv"
    published = (reference / "humans" / "participant_data.csv").read_text().splitlines()[0]
    assert file.read_text().splitlines()[0] == published
    trials = read_trials(file, cases=read_benchmark(field / "brainbench"))
    right = [trial.correct for trial in trials if trial.author == "human"]
    assert 0.55 < sum(right) / len(right) < 0.7


@pytest.mark.parametrize("file", ["field.json", "thesis.txt"])
def test_only_a_made_up_field_is_replaced(field, tmp_path, file):
    assert read_field(field / "field.json").made_up
    (tmp_path / file).write_text('{"name": "neuroscience", "made_up": false}')
    before = digests(tmp_path)
    with pytest.raises(InputError, match=f"{tmp_path} holds other data"):
        demo(data=tmp_path)
    assert digests(tmp_path) == before
