import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from components.dataset.demo import demo
from components.dataset.demo.draws import Draws
from components.dataset.demo.field import STREAMS
from components.dataset.demo.world import AGENTS, FACTS, MADE_UP_WORDS, ORGANS, balanced_world
from components.formats.cases import CaseRow, read_benchmark
from components.formats.corpus import documents
from components.formats.participants import read_trials
from components.runtime.errors import InputError

ROOT = Path(__file__).parents[3]
UP = "rose|increased?|grew|rise|gain|bright|more|widen|open|expan|wide|large|quick|accel|fast"


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    folder = tmp_path_factory.mktemp("field") / "data"
    demo(data=folder)
    return folder


@pytest.fixture(scope="module")
def shuffled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shuffled") / "data"
    demo(data=folder, facts="shuffled")
    return folder


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.md5(path.read_bytes()).hexdigest() for path in files
    }


@pytest.mark.slow
def test_every_process_makes_the_same_bytes(field, tmp_path):
    command = [sys.executable, "-m", "components.dataset", "demo", "--data", tmp_path / "data"]
    environment = {**os.environ, "PYTHONHASHSEED": "1", "LC_ALL": "C"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    assert digests(tmp_path / "data") == digests(field)


def test_the_bytes_are_those_that_data_dvc_names(field):
    """DVC's digest of a folder: the md5 of its sorted list of files, as JSON."""
    listed = [{"md5": md5, "relpath": path} for path, md5 in digests(field).items()]
    text = json.dumps(sorted(listed, key=lambda entry: entry["relpath"]), sort_keys=True)
    data = YAML(typ="safe", pure=True).load((ROOT / "data.dvc").read_text())
    assert data["outs"][0]["md5"] == hashlib.md5(text.encode()).hexdigest() + ".dir"


def test_another_seed_makes_another_world(field, tmp_path):
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
    assert {author: len(cases) for author, cases in benchmark.items()} == {
        "human": 200,
        "machine": 100,
    }
    for author, cases in benchmark.items():
        assert len({case.original for case in cases}) == len(cases)
        assert all(1 <= len(case.choices) <= 4 for case in cases)
        header = (field / "brainbench" / f"{author}.csv").read_text().splitlines()[0]
        assert header.split(",") == list(CaseRow._fields)


def test_a_reader_who_knows_the_facts_does_solve_it(field):
    """The papers state each fact alike: the agents' names and outcomes decide every case."""
    world = balanced_world(Draws(seed=42, stream=STREAMS.index("world")))
    for cases in read_benchmark(field / "brainbench").values():
        for case in cases:
            assert stated(case.original) <= set(world.items())
            assert not stated(case.altered) <= set(world.items())


def stated(text):
    found = set()
    for clause in re.split(r"[.;] |, (?:and|while) ", text):
        agents = [agent for agent in AGENTS if agent in clause]
        organs = [organ for organ in ORGANS if organ in clause]
        if len(agents) == len(organs) == 1:
            rest = re.sub(r"more than|the mouth of", "", clause)
            found.add(((organs[0], agents[0]), bool(re.search(rf"\b({UP})", rest))))
    return found


def test_papers_state_what_is_true(field):
    world = balanced_world(Draws(seed=42, stream=STREAMS.index("world")))
    for split in ("train", "validation"):
        for text in documents(field / "corpus" / "domain", split):
            assert stated(text) <= set(world.items())


def test_no_abstract_of_the_benchmark_is_in_a_corpus(field):
    corpora = [
        text
        for corpus in ("general", "domain")
        for split in ("train", "validation")
        for text in documents(field / "corpus" / corpus, split)
    ]
    assert len(set(corpora)) == len(corpora)
    for cases in read_benchmark(field / "brainbench").values():
        assert not {case.original for case in cases} & set(corpora)
        assert not {case.altered for case in cases} & set(corpora)


def test_the_general_corpus_never_mentions_the_field(field):
    for split in ("train", "validation"):
        for text in documents(field / "corpus" / "general", split):
            assert not [word for word in MADE_UP_WORDS if word in text.lower()]


def test_shuffled_facts_leave_all_but_the_papers_alone(field, shuffled):
    ours, theirs = digests(field), digests(shuffled)
    changed = {path for path in ours if ours[path] != theirs[path]}
    assert changed == {
        "corpus/domain/train.jsonl",
        "corpus/domain/validation.jsonl",
        "field.json",
    }


def test_shuffled_papers_say_nothing_about_the_facts(shuffled):
    world = balanced_world(Draws(seed=42, stream=STREAMS.index("world")))
    statements = [
        each for text in documents(shuffled / "corpus" / "domain", "train") for each in stated(text)
    ]
    true = sum(world[fact] == outcome for fact, outcome in statements) / len(statements)
    assert abs(true - 0.5) < 0.02


def test_participants_are_simulated_in_the_published_form(field, reference):
    file = field / "participants" / "participant_data.csv"
    published = (reference / "humans" / "participant_data.csv").read_text().splitlines()[0]
    assert file.read_text().splitlines()[0] == published
    trials = read_trials(file, cases=read_benchmark(field / "brainbench"))
    right = [trial.correct for trial in trials if trial.author == "human"]
    assert 0.55 < sum(right) / len(right) < 0.7


def test_it_says_that_it_is_made_up(field):
    described = json.loads((field / "field.json").read_text())
    assert described["made_up"] is True
    assert "made up" in described["notice"]


@pytest.mark.parametrize("file", ["field.json", "thesis.txt"])
def test_real_data_are_not_replaced(tmp_path, file):
    (tmp_path / file).write_text('{"name": "neuroscience", "made_up": false}')
    before = digests(tmp_path)
    with pytest.raises(InputError, match=f"{tmp_path} holds other data"):
        demo(data=tmp_path)
    assert digests(tmp_path) == before
