"""The metadata that tasks write for Kubeflow Pipelines, read back by kfp's own code."""

import json

import pytest
from google.protobuf import json_format
from kfp.local.executor_input_utils import construct_executor_input
from kfp.local.executor_output_utils import get_outputs_for_task
from kfp.pipeline_spec import pipeline_spec_pb2

from components.runtime.errors import InputError
from pipelines.pod.page import write_metadata

METRICS = {"accuracy.gpt2-neuro": 0.625, "bits_per_byte.gpt2-neuro": 1}
SHOWN = {"comp-statistics": {"metrics"}, "comp-figures": {"summary", "report"}}


@pytest.fixture(scope="module")
def components(specification):
    """The compiled components with artifacts, as kfp reads them, by name."""
    found = {
        name: json_format.ParseDict(text, pipeline_spec_pb2.ComponentSpec())
        for name, text in specification["components"].items()
        if "artifacts" in text.get("outputDefinitions", {})
    }
    assert found.keys() == SHOWN.keys()
    return found


@pytest.mark.parametrize("name", SHOWN)
def test_kfp_reads_them_with_the_metrics_added_to_what_an_artifact_has(components, name, tmp_path):
    component, root = components[name], tmp_path / "not" / "there"
    given = construct_executor_input(component, {}, str(root), block_input_artifact=False)
    text = json_format.MessageToDict(given)
    for each in text["outputs"]["artifacts"].values():
        each["artifacts"][0]["metadata"] = {"team": "a"}
    write_metadata(json.dumps(text), metrics=METRICS)
    found = get_outputs_for_task(given, component)
    assert found.keys() == SHOWN[name]
    for key, artifact in found.items():
        expected = component.output_definitions.artifacts[key].artifact_type.schema_title
        assert artifact.schema_title == expected
        assert artifact.path == str(root / key)
        assert artifact.metadata == {"team": "a", **(METRICS if key == "metrics" else {})}


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
    with pytest.raises(
        InputError, match=r"--executor-input: found other JSON, expected what Kubeflow puts"
    ):
        write_metadata(text, metrics={})
