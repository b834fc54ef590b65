"""What Kubeflow's driver and launcher do for a task's container.

Source: kubeflow/pipelines 2.17, backend/src/v2/driver and backend/src/v2/component.
"""

import json
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

RUN = "{{$.pipeline_job_uuid}}"
PLACEHOLDER = re.compile(r"\{\{\$.*?\}\}")
ARTIFACTS = "minio://mlpipeline/v2/artifacts"  # Kubeflow's own store, in /minio for the launcher
PARAMETERS = "/tmp/kfp/outputs"  # noqa: S108 (files of output parameters)
OUTPUT_FILE = "/tmp/kfp_outputs/output_metadata.json"  # noqa: S108
FIELDS = {"spec.nodeName": platform.node(), "metadata.namespace": "default"}  # of the pod
Tree = Mapping[str, Any]  # a part of a compiled file


@dataclass(frozen=True)
class ContainerTask:
    """A task of the compiled graph, its inputs resolved as the driver does."""

    name: str  # its key in the graph
    node: Tree  # its entry in the graph
    container: Tree  # as compiled
    pod: Tree  # its settings for Kubernetes
    executor_input: Tree  # what replaces `{{$}}`

    def __str__(self) -> str:
        """Title and stage, if it has one."""
        stage = self.executor_input["inputs"]["parameterValues"].get("stage")
        return str(self.node["taskInfo"]["name"]) + (f" ({stage})" if stage else "")

    @property
    def retries(self) -> int:
        """Number of pods that may follow a deleted one."""
        return int(self.node.get("retryPolicy", {}).get("maxRetryCount", 0))

    @property
    def image(self) -> str:
        """The container image."""
        return self._filled(self.container["image"])

    @property
    def command(self) -> list[str]:
        """The program and its arguments."""
        words = (*self.container["command"], *self.container.get("args", ()))
        return [self._filled(word) for word in words]

    def environment(self, secret: Mapping[str, str]) -> dict[str, str]:
        """Environment variables of the program, given the content of the Secret that it reads."""
        variables = {each["name"]: each["value"] for each in self.container.get("env", ())}
        for each in self.pod.get("fieldPathAsEnv", ()):
            variables[each["name"]] = FIELDS[each["fieldPath"]]
        for each in self.pod.get("secretAsEnv", ()):
            for key in each["keyToEnv"]:
                if key["secretKey"] in secret:
                    variables[key["envVar"]] = secret[key["secretKey"]]
        return variables

    @property
    def options(self) -> list[str]:
        """Options of `docker run` for the writable folders."""
        sizes = {each["mountPath"]: each.get("sizeLimit") for each in self.pod["emptyDirMounts"]}
        shared_memory = sizes.pop("/dev/shm", None)  # noqa: S108
        places = sizes.keys() | {str(file.parent) for file in self._files.values()}
        options = [f"--tmpfs={place}:rw,exec,mode=1777" for place in sorted(places)]
        return [*options, *([f"--shm-size={shared_memory}B"] if shared_memory else ())]

    @property
    def _files(self) -> dict[str, Path]:
        """Files of its output artifacts, by name."""
        artifacts = self.executor_input["outputs"].get("artifacts", {}).items()
        uris = {key: each["artifacts"][0]["uri"] for key, each in artifacts}
        return {key: Path(uri.replace("minio://", "/minio/", 1)) for key, uri in uris.items()}

    def _filled(self, word: str) -> str:
        """An argument with the launcher's placeholders replaced; others stay."""
        known = {"{{$}}": json.dumps(self.executor_input, ensure_ascii=False)}
        for key, value in self.executor_input["inputs"]["parameterValues"].items():
            text = value if isinstance(value, str) else json.dumps(value)
            known[f"{{{{$.inputs.parameters['{key}']}}}}"] = text
        for key, file in self._files.items():
            known[f"{{{{$.outputs.artifacts['{key}'].path}}}}"] = str(file)
        for key, each in self.executor_input["outputs"].get("parameters", {}).items():
            known[f"{{{{$.outputs.parameters['{key}'].output_file}}}}"] = each["outputFile"]
        return PLACEHOLDER.sub(lambda found: known.get(found[0], found[0]), word)


def read_tasks(
    pipeline: Tree, settings: Tree, *, run: str, parameters: Tree
) -> list[ContainerTask]:
    """The tasks of a compiled pipeline, in topological order.

    Args:
        pipeline: The pipeline specification.
        settings: Its settings for Kubernetes.
        run: Id of the run.
        parameters: Parameters of the run; the others keep the pipeline's defaults.
    """
    declared = pipeline["root"]["inputDefinitions"]["parameters"].items()
    values = {key: each.get("defaultValue") for key, each in declared} | dict(parameters)
    graph = pipeline["root"]["dag"]["tasks"]
    uri = f"{ARTIFACTS}/{pipeline['pipelineInfo']['name']}/{run}"
    before = {name: node.get("dependentTasks", ()) for name, node in sorted(graph.items())}
    tasks = []
    for name in TopologicalSorter(before).static_order():
        component = pipeline["components"][graph[name]["componentRef"]["name"]]
        label = component["executorLabel"]
        container = pipeline["deploymentSpec"]["executors"][label]["container"]
        pod = settings["platforms"]["kubernetes"]["deploymentSpec"]["executors"][label]
        inputs = {}
        for key, each in graph[name]["inputs"]["parameters"].items():
            if "componentInputParameter" in each:
                inputs[key] = values[each["componentInputParameter"]]
            elif "runtimeValue" in each:  # else another task's output: of GPUs, which none has here
                constant = each["runtimeValue"]["constant"]
                inputs[key] = run if constant == RUN else constant  # nothing but the whole value
        outputs = _outputs(component, f"{uri}/{name}")
        given = {"inputs": {"parameterValues": inputs}, "outputs": outputs}
        tasks.append(ContainerTask(name, graph[name], container, pod, given))
    return tasks


def _outputs(component: Tree, uri: str) -> Tree:
    """Outputs as in the driver's JSON, which omits empty tables."""
    definitions = component.get("outputDefinitions", {})
    tables = {
        "artifacts": {
            key: {"artifacts": [{"name": key, "type": each["artifactType"], "uri": f"{uri}/{key}"}]}
            for key, each in definitions.get("artifacts", {}).items()
        },
        "parameters": {
            key: {"outputFile": f"{PARAMETERS}/{key}"} for key in definitions.get("parameters", {})
        },
    }
    return {"outputFile": OUTPUT_FILE, **{name: each for name, each in tables.items() if each}}
