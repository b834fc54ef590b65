"""What Kubeflow's server and Argo make of a pipeline, as far as its size goes."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

COPIES = 4  # of a task's inputs in what a driver says of its pod: in several forms
WORKFLOW = "matching-experts-abcde"
ID = "00000000-0000-4000-8000-000000000000"
DRIVER, EXECUTOR = "system-container-driver", "metadata-0-1-retry-system-container-executor"
Pipeline = Mapping[str, Any]
Table = dict[str, str]


@dataclass(frozen=True)
class Part:
    """A component with its container and its settings for Kubernetes, each as JSON."""

    name: str
    component: str
    container: str
    settings: str

    @property
    def arguments(self) -> dict[str, str]:
        """The workflow's arguments that tasks refer to, by the names of a driver's inputs."""
        key = hashlib.sha256(self.container.encode()).hexdigest()
        return {
            "component": f"components-{key}",
            "container": f"implementations-{key}",
            "kubernetes-config": f"kubernetes-{self.name}",
        }

    @property
    def values(self) -> dict[str, str]:
        """Their values, likewise."""
        values = (self.component, self.container, self.settings)
        return dict(zip(self.arguments, values, strict=True))


def parts_of(specification: Pipeline, platform: Pipeline) -> Iterator[Part]:
    """The components of a pipeline."""
    executors = specification["deploymentSpec"]["executors"]
    settings = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    for name, component in specification["components"].items():
        label = component["executorLabel"]
        container = executors[label]["container"]
        yield Part(name, as_json(component), as_json(container), as_json(settings[label]))


def entries_of(name: str, task: Pipeline, part: Part) -> Iterator[Pipeline]:
    """Two entries of Argo's graph for a task: its driver and its pod."""

    def entry(key: str, template: str, given: Table, after: str) -> Pipeline:
        arguments = {"parameters": _pairs(given)}
        return {"name": key, "template": template, "arguments": arguments, "depends": after}

    references = {
        key: f"{{{{workflow.parameters.{argument}}}}}" for key, argument in part.arguments.items()
    }
    outputs = {
        key: f"{{{{tasks.{name}-driver.outputs.parameters.{key}}}}}"
        for key in ("pod-spec-patch", "cached-decision")
    }
    after = " && ".join(f"{each}.Succeeded" for each in task.get("dependentTasks", ()))
    yield entry(f"{name}-driver", DRIVER, references | _own(name, task), after)
    yield entry(name, EXECUTOR, outputs | _retries(task), f"{name}-driver.Succeeded")


def nodes_of(name: str, task: Pipeline, part: Part, given: Pipeline) -> Iterator[Pipeline]:
    """The states of a task at the end of a run: six nodes, of which two are pods."""
    made = {"pod-spec-patch": _patch(task, part, given), "cached-decision": "false"}
    path = f"{WORKFLOW}(0).root(0).{name}"
    for end in ("-driver", "-driver(0)"):
        yield _node(path + end, DRIVER, part.values | _own(name, task), made)
    for end in ("", "(0)", "(0).executor", "(0).executor(0)"):
        yield _node(path + end, EXECUTOR, made | _retries(task), {})


def _node(path: str, template: str, inputs: Table, outputs: Table) -> Pipeline:
    digest = hashlib.sha256(path.encode()).digest()  # what no two nodes have in common
    times = [f"2026-01-01T{n % 24:02}:{n % 60:02}:{n % 59:02}Z" for n in digest[:2]]
    ids = [f"{WORKFLOW}-{int.from_bytes(digest[n : n + 4])}" for n in range(2, 22, 4)]
    return {
        "id": ids[0],
        "name": path,
        "displayName": path.rpartition(".")[2],
        "type": "Retry",
        "templateName": template,
        "templateScope": f"local/{WORKFLOW}",
        "phase": "Succeeded",
        "boundaryID": ids[1],
        "startedAt": times[0],
        "finishedAt": times[1],
        "estimatedDuration": digest[22],
        "progress": "1/1",
        "resourcesDuration": {"cpu": digest[23], "memory": digest[24]},
        "nodeFlag": {"retried": True},
        "inputs": {"parameters": _pairs(inputs)},
        "outputs": {"parameters": _pairs(outputs), "exitCode": "0", "artifacts": [ids[0]]},
        "children": ids[2:],
        "hostNodeName": "node-0",
    }


def _patch(task: Pipeline, part: Part, given: Pipeline) -> str:
    """What a driver says of a task's pod: its inputs, its component and its settings."""
    values = {
        name: value["runtimeValue"]["constant"]
        if "runtimeValue" in value
        else given[value["componentInputParameter"]]
        for name, value in task["inputs"]["parameters"].items()
    }
    inputs = as_json({"inputs": {"parameterValues": values | {"run": ID}}, "outputs": {}})
    container = json.loads(part.container)
    return as_json(
        {
            "command": ["/kfp-launcher/launch", ID, *[inputs] * COPIES, part.component],
            "args": [*container["command"], *container["args"]],
            "resources": container["resources"],
            "settings": json.loads(part.settings),
        }
    )


def _own(name: str, task: Pipeline) -> Table:
    """What a driver gets that no other task's driver gets."""
    return {"task": as_json(task), "task-name": name, "parent-dag-id": "1"}


def _retries(task: Pipeline) -> Table:
    return {f"retry-{key}": str(value) for key, value in task["retryPolicy"].items()}


def tasks_of(specification: Pipeline) -> dict[str, Pipeline]:
    """The tasks of a pipeline by their names."""
    return dict(specification["root"]["dag"]["tasks"])


def _pairs(table: Table) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in table.items()]


def as_json(value: Any) -> str:  # noqa: ANN401
    """JSON as Go writes it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
