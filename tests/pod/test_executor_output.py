"""What tasks tell Kubeflow Pipelines, read back by kfp's own code."""

import json

import pytest
import yaml
from google.protobuf import json_format
from kfp.local.executor_input_utils import construct_executor_input
from kfp.local.executor_output_utils import get_outputs_for_task
from kfp.pipeline_spec import pipeline_spec_pb2

from components.errors import InputError
from pipelines.compilation import COMPILED
from pipelines.pod.executor_output import write_executor_output
from tests.conftest import ROOT

METRICS = {"validation_perplexity": 20.5, "num_parameters": 124439808}
MADE = {"artifacts/models/gpt2-neuro": "0123.dir, 12,345 bytes"}


@pytest.fixture(scope="module")
def components():
    """The compiled components, as kfp reads them."""
    compiled = next(yaml.safe_load_all((ROOT / COMPILED).read_text()))
    return {
        name: json_format.ParseDict(text, pipeline_spec_pb2.ComponentSpec())
        for name, text in compiled["components"].items()
    }


def with_output(components, name):
    """A component that has a certain output."""
    return next(each for each in components.values() if name in each.output_definitions.artifacts)


def told(component, root, *, change=lambda given: None):
    """What a task told, as kfp takes it over."""
    given = construct_executor_input(component, {}, str(root), block_input_artifact=False)
    text = json_format.MessageToDict(given)
    change(text)
    write_executor_output(json.dumps(text), metrics=METRICS, outputs=MADE)
    return get_outputs_for_task(given, component)


def test_kfp_takes_it_over_for_every_component(components, tmp_path):
    for name, component in components.items():
        found = told(component, tmp_path / name)
        assert found.keys() == dict(component.output_definitions.artifacts).keys()
        for key, artifact in found.items():
            expected = component.output_definitions.artifacts[key].artifact_type.schema_title
            assert artifact.schema_title == expected
            assert artifact.path == str(tmp_path / name / key)


def test_metrics_are_flat_numbers(components, tmp_path):
    metrics = told(with_output(components, "model"), tmp_path)["metrics"]
    assert metrics.metadata == METRICS
    assert all(isinstance(value, float) for value in metrics.metadata.values())


def test_the_artifact_of_the_lock_entry_says_what_was_made(components, tmp_path):
    found = told(with_output(components, "model"), tmp_path)
    assert found["model"].metadata == MADE
    assert found["summary"].metadata == {}


def test_metadata_is_added_to_what_an_artifact_has(components, tmp_path):
    def change(given):
        given["outputs"]["artifacts"]["model"]["artifacts"][0]["metadata"] = {"team": "a"}

    found = told(with_output(components, "model"), tmp_path, change=change)
    assert found["model"].metadata == {"team": "a", **MADE}


def test_its_place_need_not_exist(components, tmp_path):
    told(with_output(components, "report"), tmp_path / "not" / "there")
    assert (tmp_path / "not" / "there" / "executor_output.json").is_file()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{{$}}",
        "[]",
        "{}",
        '{"outputs": {"outputFile": "x", "artifacts": []}}',
        '{"outputs": {"outputFile": "x", "artifacts": {"metrics": {"artifacts": []}}}}',
    ],
)
def test_other_json_is_named(text):
    with pytest.raises(InputError, match=r"--executor-input: found other JSON than \{\{\$\}\}"):
        write_executor_output(text, metrics={}, outputs={})
