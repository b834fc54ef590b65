"""A study is refused in one line, or DVC and the stages' command lines read what its file says."""

import copy
import functools
import importlib
import io
import re
import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest
import tyro
from dvc.fs import localfs
from dvc.parsing import DataResolver
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import lock_text, read_entries
from pipelines.study.names import task_name
from pipelines.study.params import parse_params, read_params
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
TABLES = ("tokenizers", "architectures", "configurations", "recipes", "pretraining", "variants")
DEFINITION = YAML(typ="safe", pure=True).load((ROOT / "dvc.yaml").read_text())


def small_study():
    """The demo with fewer rows, which are read faster."""
    params = YAML(typ="safe", pure=True).load((ROOT / "params.yaml").read_text())
    kept = {"variants": ("gpt2-pretrained", "gpt2-neuro"), "resources": ("training",)}
    for table, names in kept.items():
        params[table] = {name: params[table][name] for name in names}
    params["configurations"]["llama"] = {"config": "data/llama", "vocabulary_size": 400}
    return params


def dump(params):
    text = io.StringIO()
    YAML(typ="safe", pure=True).dump(params, text)
    return text.getvalue()


STUDY = small_study()


def places(table=STUDY, above=()):
    """The path of every value of the study."""
    for key, value in table.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from places(value, (*above, key))


PLACES = [each for each in places() if each[2:3] != ("recipe",)]  # they are those of recipes
ODD_NAMES = [
    *("GPT2-Neuro", "gpt2+neuro", "gpt2_neuro", "gpt2-0.5b", "gpt2 neuro", "gpt2@neuro", "a;b"),
    *("$(a)", "${seed}", "-a", "a-", "a--b", "#a", "a/b", "..", "nul", "con", "null", "yes", "1e3"),
    *("human-experts", "", "x" * 40, "x" * 41, "模型", "é", "e\u0301", "a\nb"),
    *("a'b", 'a"b', "a\\b"),
]
names = st.one_of(
    st.sampled_from(ODD_NAMES),
    st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,4}", fullmatch=True),
    st.text(max_size=12),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
)
texts = st.one_of(
    st.text(max_size=30),
    st.text("ab'\"$(){}\\`;&|<>#%!*?~- \t\n-é字", max_size=30),
    st.sampled_from(["-x", "\\${seed}", "${seed}", "$(date)", "a\u2028b", "\U0001f600", "%s"]),
)
numbers = st.one_of(
    st.integers(),
    st.floats(),
    st.integers(0, 1000),
    st.floats(0, 1),
    st.sampled_from([2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63, 1e-5, 1e22, 1e-40, 257, 0.1 + 0.2]),
)
words = ["none", "yen", "muon", "linear", "float16", "random", "faithful", "9Gi", "0Gi", None, {}]
scored = st.sampled_from(["full", "isolated", "swapped", "human", "machine"])
values = st.one_of(
    *(numbers, texts, texts.map("data/{}".format), st.booleans(), st.sampled_from(words)),
    *(st.lists(scored, max_size=3), st.lists(texts, max_size=2)),
)


@functools.cache
def stage_function(name):
    """The stage's function, which returns its arguments instead of running."""
    function = getattr(importlib.import_module(f"components.{name}.stage"), name)
    return functools.wraps(function)(lambda **given: given)


def resolved(folder):
    """Every stage of dvc.yaml as DVC fills in the folder's params.yaml."""
    repo = SimpleNamespace(fs=localfs, config={})
    return DataResolver(repo, str(folder), copy.deepcopy(DEFINITION)).resolve()["stages"]


def arguments(command):
    """What a stage's function gets of a command by way of a shell."""
    assert command.splitlines() == [command]  # DVC runs each line as a command
    python, flag, module, *flags = shlex.split(command)
    assert (python, flag) == ("python", "-m")
    return tyro.cli(stage_function(module.removeprefix("components.")), args=flags)


def meaning(stage, params):
    """What the file of parameters says of a stage."""
    name, _, key = stage.partition("@")
    common = {"seed": params.seed, "context_length": params.context_length}
    weights, tokenizer = f"artifacts/weights/{key}-random", f"artifacts/tokenizers/{key}"
    match name:
        case "tokenizer":
            row = params.tokenizers[key].model_dump(exclude={"separator"})
            return row | {"tokenizer": tokenizer}
        case "tokenization":
            return {"tokenizer": tokenizer, "separator": params.tokenizers[key].separator}
        case "initialization":
            return common | dict(params.architectures[key]) | {"weights": weights}
        case "configured-initialization":
            return common | dict(params.configurations[key]) | {"weights": weights}
        case "pretraining" | "training":
            row = (params.pretraining if name == "pretraining" else params.variants)[key]
            found = dict(row.recipe) | {"epochs": row.epochs, "seed": params.seed}
            if name == "pretraining":
                return found | {"weights": row.weights}
            weights = f"artifacts/weights/{row.architecture}-{row.weights}"
            return found | {"weights": weights, "model": f"artifacts/models/{key}"}
        case "brainbench":
            model = f"artifacts/models/{key}"
            return dict(params.brainbench) | {"seed": params.seed, "model": model}
    return dict(getattr(params, name, {}))


def plain(value):
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("study")


@functools.cache
def usual(folder):
    (folder / "params.yaml").write_text(dump(STUDY))
    return {stage: entry["cmd"] for stage, entry in resolved(folder).items()}


def assert_one_line(error):
    assert str(error).splitlines() == [str(error)]


def check(text, folder):
    """Refused in one line, or what is run means what the file says."""
    try:
        params = parse_params(text, where="params.yaml")
    except InputError as error:
        assert_one_line(error)
        return
    before = usual(folder)
    (folder / "params.yaml").write_text(text, encoding="utf-8")
    stages = resolved(folder)
    tasks = [task_name(entry["meta"]["title"]) for entry in stages.values()]
    assert all(re.fullmatch("[a-z0-9-]{1,63}", task) for task in tasks)
    changed = {  # the last of each kind
        stage.partition("@")[0]: stage
        for stage, entry in stages.items()
        if entry["cmd"] != before.get(stage)
    }
    for stage in changed.values():
        lock = {stage: {"cmd": stages[stage]["cmd"]}}
        assert read_entries(lock_text(lock), where="") == lock
        found = arguments(stages[stage]["cmd"])
        for flag, value in meaning(stage, params).items():
            assert plain(found[flag]) == value


@given(place=st.sampled_from(PLACES), value=values)
@example(("brainbench", "prompt"), "a 'b' \"c\" $(date) ${seed} \\ # %s ; `d` 字")
@example(("pretraining", "gpt2", "weights"), "data/a b/c'd;e&f(g)*#h")
@example(("seed",), 2**32 - 1)
def test_a_value_is_refused_or_means_the_same_to_everyone(folder, place, value):
    params = copy.deepcopy(STUDY)
    table = params
    for key in place[:-1]:
        table = table[key]
    table[place[-1]] = value
    check(dump(params), folder)


@given(table=st.sampled_from(TABLES), number=st.integers(0, 1), name=names)
def test_a_name_is_refused_or_means_the_same_to_everyone(folder, table, number, name):
    params = copy.deepcopy(STUDY)
    before = sorted(params[table])[number % len(params[table])]
    both = ("architectures", "pretraining")  # rows of the same name
    for each in both if table in both else (table,):
        params[each] = {name if key == before else key: row for key, row in params[each].items()}
    for row in params["variants"].values():
        for key in ("architecture", "tokenizer"):
            if table.startswith(key) and row[key] == before:
                row[key] = name
    check(dump(params), folder)


@given(data=st.data())
def test_a_damaged_file_is_refused_in_one_line_or_read(folder, data):
    content = (ROOT / "params.yaml").read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 20)))
    odd = data.draw(
        st.one_of(
            st.binary(max_size=4), st.text(":[]{}&*!|>'\"%@`#-\t\n,0", max_size=4).map(str.encode)
        )
    )
    (folder / "damaged.yaml").write_bytes(content[:start] + odd + content[end:])
    try:
        read_params(folder / "damaged.yaml")
    except InputError as error:
        assert_one_line(error)
