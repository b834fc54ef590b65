"""What Kubeflow's driver and launcher do for a task's container, and no more.

Facts: kubeflow/pipelines 2.17, backend/src/v2/driver and backend/src/v2/component.
"""

import json
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

RUN = "{{$.pipeline_job_uuid}}"
PLACEHOLDER = re.compile(r"\{\{\$.*?\}\}")
ARTIFACTS = "minio://mlpipeline/v2/artifacts"  # Kubeflow's own; the launcher has them in /minio
OUTPUT_FILE = "/tmp/kfp_outputs/output_metadata.json"  # noqa: S108
FIELDS = {"spec.nodeName": platform.node()}  # of a pod
Tree = Mapping[str, Any]  # of a compiled file


@dataclass(frozen=True)
class Task:
    """A task of the compiled graph, its inputs resolved as the driver does.

    Attributes:
        name: Its key in the graph.
        told: Its part of the graph.
        container: Its container as compiled.
        pod: What its pod is told beside.
        executor_input: What `{{$}}` stands for.
    """

    name: str
    told: Tree
    container: Tree
    pod: Tree
    executor_input: Tree

    def __str__(self) -> str:
        """Its title, and its stage if it has one."""
        stage = self.executor_input["inputs"]["parameterValues"].get("stage")
        return str(self.told["taskInfo"]["name"]) + (f" ({stage})" if stage else "")

    @property
    def retries(self) -> int:
        """How many pods may follow one that was deleted."""
        return int(self.told.get("retryPolicy", {}).get("maxRetryCount", 0))

    @property
    def image(self) -> str:
        """The image that it runs in."""
        return self._filled(self.container["image"])

    @property
    def command(self) -> list[str]:
        """Its program and arguments."""
        return [
            self._filled(word)
            for word in (*self.container["command"], *self.container.get("args", ()))
        ]

    def environment(self, secret: Mapping[str, str]) -> dict[str, str]:
        """Variables of its program.

        Args:
            secret: Keys and values of the Secret that it reads.
        """
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
        """Options of `docker run` for the folders that its program may write to."""
        sizes = {each["mountPath"]: each.get("sizeLimit") for each in self.pod["emptyDirMounts"]}
        shared_memory = sizes.pop("/dev/shm", None)  # noqa: S108
        places = sizes.keys() | {str(file.parent) for file in self._files.values()}
        options = [f"--tmpfs={place}:rw,exec,mode=1777" for place in sorted(places)]
        return [*options, *([f"--shm-size={shared_memory}B"] if shared_memory else ())]

    @property
    def _files(self) -> dict[str, Path]:
        """Where it writes its artifacts, by name."""
        artifacts = self.executor_input["outputs"].get("artifacts", {}).items()
        uris = {key: each["artifacts"][0]["uri"] for key, each in artifacts}
        return {key: Path(uri.replace("minio://", "/minio/", 1)) for key, uri in uris.items()}

    def _filled(self, word: str) -> str:
        """A word of its container with the launcher's placeholders filled; others stay."""
        known = {"{{$}}": json.dumps(self.executor_input, ensure_ascii=False)}
        for key, value in self.executor_input["inputs"]["parameterValues"].items():
            text = value if isinstance(value, str) else json.dumps(value)
            known[f"{{{{$.inputs.parameters['{key}']}}}}"] = text
        for key, file in self._files.items():
            known[f"{{{{$.outputs.artifacts['{key}'].path}}}}"] = str(file)
        return PLACEHOLDER.sub(lambda found: known.get(found[0], found[0]), word)


def read_tasks(compiled: Path, *, run: str, parameters: Tree) -> list[Task]:
    """The tasks of a compiled pipeline, each after those that it depends on.

    Args:
        compiled: The file that Kubeflow Pipelines would get.
        run: Id of the run.
        parameters: The run's parameters; for others the pipeline's defaults hold.
    """
    pipeline, beside = YAML(typ="safe", pure=True).load_all(compiled.read_text(encoding="utf-8"))
    declared = pipeline["root"]["inputDefinitions"]["parameters"].items()
    values = {key: each.get("defaultValue") for key, each in declared} | dict(parameters)
    graph = pipeline["root"]["dag"]["tasks"]
    uri = f"{ARTIFACTS}/{pipeline['pipelineInfo']['name']}/{run}"
    before = {name: told.get("dependentTasks", ()) for name, told in graph.items()}
    tasks = []
    for name in TopologicalSorter(before).static_order():
        component = pipeline["components"][graph[name]["componentRef"]["name"]]
        label = component["executorLabel"]
        container = pipeline["deploymentSpec"]["executors"][label]["container"]
        pod = beside["platforms"]["kubernetes"]["deploymentSpec"]["executors"][label]
        inputs = {}
        for key, each in graph[name]["inputs"]["parameters"].items():
            if "componentInputParameter" in each:
                inputs[key] = values[each["componentInputParameter"]]
            else:
                constant = each["runtimeValue"]["constant"]
                inputs[key] = run if constant == RUN else constant  # nothing but the whole value
        outputs = _outputs(component, f"{uri}/{name}")
        given = {"inputs": {"parameterValues": inputs}, "outputs": outputs}
        tasks.append(Task(name, graph[name], container, pod, given))
    return tasks


def _outputs(component: Tree, uri: str) -> Tree:
    """Outputs in the form of the driver's JSON, which leaves out what is empty."""
    declared = component.get("outputDefinitions", {}).get("artifacts", {}).items()
    artifacts = {
        key: {"artifacts": [{"name": key, "type": each["artifactType"], "uri": f"{uri}/{key}"}]}
        for key, each in declared
    }
    return {"outputFile": OUTPUT_FILE, **({"artifacts": artifacts} if artifacts else {})}
