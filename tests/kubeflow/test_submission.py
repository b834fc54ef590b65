"""The study is submitted over HTTP."""

import pytest

from components.runtime.errors import InputError
from pipelines.kubeflow import submission
from pipelines.kubeflow.submission import submit
from tests.conftest import ROOT
from tests.kubeflow.kfp_server import RUN

IMAGES = {"models_image": "registry/models:1", "analysis_image": "registry/analysis:1"}


@pytest.fixture
def compiled_before(monkeypatch, specifications, here):
    """In the place of each compilation, the result of one."""
    monkeypatch.setattr(submission, "compile_specifications", lambda **_: specifications)


def test_a_study_is_submitted_with_its_texts_and_images(host, compiled_before, capsys):
    asked = {name: f"registry/{name}@sha256:{'0' * 64}" for name in IMAGES}
    asked["store"] = "s3://bucket/there"
    flags = {"name": "mine", "service_account": "of-less-rights", "gpus": 0}
    submit(host=host.url, **asked, **flags, tolerations='[{"key": "gpu"}]')
    (body,) = host.submitted
    given, root = (
        body["runtime_config"]["parameters"],
        body["pipeline_spec"]["pipeline_spec"]["root"],
    )
    parameters = root["inputDefinitions"]["parameters"]
    assert given.keys() <= parameters.keys()
    asked |= {"gpus": "0", "scoring_gpus": "1", "tolerations": [{"key": "gpu"}]}
    assert given | asked == given
    assert (body["display_name"], body["service_account"]) == ("mine", "of-less-rights")
    assert parameters["params"]["defaultValue"] == (ROOT / "params.yaml").read_text()
    executors = body["pipeline_spec"]["platform_spec"]["platforms"]["kubernetes"]
    assert "exec-training" in executors["deploymentSpec"]["executors"]
    printed = capsys.readouterr()
    assert printed.err == ""
    rest = f"--run {RUN} --host {host.url} --store s3://bucket/there"
    assert printed.out.splitlines() == [
        f"run: {RUN}",
        f"page: {host.url}/#/runs/details/{RUN}",
        f"next: python -m pipelines status {rest}",
        f"next: python -m pipelines wait {rest}",
    ]


def test_runs_are_named_by_parameters_and_revision_in_one_experiment(host, compiled_before, capsys):
    for _ in range(2):
        submit(host=host.url, **IMAGES)
    assert list(host.experiments) == ["matching-experts"]
    for body in host.submitted:
        assert body["experiment_id"] == "id-of-matching-experts"
        assert body["display_name"].removeprefix("params ") not in ("", body["display_name"])
    tags = "registry/models:1 and registry/analysis:1"
    note = f"note: named by tag, which may move during the run: {tags}\n"
    assert capsys.readouterr().err == note * 2


def test_a_namespace_is_given_to_a_host_of_several_users_only(host, compiled_before):
    with pytest.raises(InputError, match="refused .400.: In single-user mode"):
        submit(host=host.url, namespace="team", **IMAGES)
    host.namespaces = ["team"]
    with pytest.raises(InputError, match="check KFP_TOKEN and --namespace .*namespace other"):
        submit(host=host.url, namespace="other", **IMAGES)
    assert host.submitted == []
    submit(host=host.url, namespace="team", **IMAGES)
    assert host.experiments["matching-experts"]["namespace"] == "team"


def test_bad_parameters_are_refused_and_leave_nothing_on_the_host(host, here, tmp_path):
    params = tmp_path / "params.yaml"
    params.write_text((ROOT / "params.yaml").read_text().replace("seed: 42", "sed: 42"))
    with pytest.raises(InputError, match="seed: missing"):
        submit(host=host.url, **IMAGES, params=params)
    assert host.submitted == []
    assert host.experiments == {}


def test_where_the_answer_is_lost_a_run_may_have_been_created(host, compiled_before):
    host.lost = (504, "upstream request timeout")
    with pytest.raises(InputError) as lost:
        submit(host=host.url, **IMAGES)
    may_be = "the run may have been created: look for it on the host's page before another submit"
    assert str(lost.value) == f"{host.url}: refused (504): upstream request timeout; {may_be}"
    host.lost = (400, {"message": "no such service account"})
    with pytest.raises(InputError, match="no such service account$"):
        submit(host=host.url, **IMAGES)


def test_a_run_may_be_watched_at_once(host, compiled_before, record, capsys):
    record.all_done()
    submit(host=host.url, **IMAGES, store=record.store, watch=True)
    assert "tokenizer domain: done, 1 min" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        ({"gpus": -1}, "--gpus: found -1"),
        ({"scoring_gpus": -1}, "--scoring-gpus: found -1"),
        ({"node_selector": "gpu=yes"}, "--node-selector: found"),
        ({"node_selector": '{"gpu": 1}'}, "--node-selector: found"),
        ({"tolerations": "gpu"}, "--tolerations: found"),
        ({"tolerations": '["gpu"]'}, "--tolerations: found"),
        ({"name": "the brain \N{BRAIN}"}, "--name: line 1, column 11: found U+1F9E0"),
        ({"experiment": "\N{BRAIN}"}, "(\N{BRAIN}), expected characters up to U+FFFF"),
        ({"node_selector": '{"pool": "\N{BRAIN}"}'}, "--node-selector: line 1, column"),
        ({"models_image": "a/b@sha256:12"}, "found 'a/b@sha256:12', expected registry/name@sha"),
    ],
)
def test_a_bad_flag_is_refused_before_the_host_is_contacted(host, compiled_before, flags, line):
    with pytest.raises(InputError) as refused:
        submit(host=host.url, **IMAGES | flags)
    assert line in str(refused.value)
    assert host.asked == []
