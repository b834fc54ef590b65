"""A Kubeflow Pipelines host: the REST interface of 2.17, and the server of its pages.

Its answers have the shapes that a host with Argo gives: of a run a flat list of Argo's nodes, which
tell the last part of their names, a state and their children's ids, and no reason for a failure.
"""

import json
import threading
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

RUN = "0123abcd-0000-4000-8000-000000000000"
WORKFLOW = "matching-experts-x7k2q"
TIME = "2026-03-01T10:00:{:02}Z"
NEVER = "1970-01-01T00:00:00Z"
LOGIN_PAGE = "<!DOCTYPE html><html><form action='/dex/auth'>Log in</form></html>"


class Host(ThreadingHTTPServer):
    """A host with one run, which goes through the states it is given, one a look.

    Attributes:
        token: The token that it asks for, if any.
        namespaces: The namespaces that there are, if it is for several users.
        states: The run's states, each with those of its tasks; the last one stays. Instead of a
            state, the status and content of another answer.
        parameters: What the run was given.
        pods: Kubernetes' status of a pod by its task.
        log: Logs by task.
        errors: What the host tells of a failed task, which one of 2.17 does not.
        has_pages: Whether it serves pods as the pages' server does, too.
        is_ready: Whether the API server answers the pages' server.
        experiments: By name.
        submitted: The bodies of runs that were created.
        recurring: The bodies of recurring runs that were created.
        asked: Paths and queries of all requests.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.token = None
        self.namespaces = None
        self.states = [("SUCCEEDED", {})]
        self.parameters = {}
        self.pods = {}
        self.log = {}
        self.errors = {}
        self.has_pages = True
        self.is_ready = True
        self.experiments = {}
        self.submitted = []
        self.recurring = []
        self.asked = []

    def health(self):
        """What the pages' server says of the API server, or this itself."""
        several = self.namespaces is not None
        if not self.has_pages:
            return {"multi_user": several}
        ready = {"apiServerTagName": "2.17.0", "apiServerReady": self.is_ready}
        return {**ready, "apiServerMultiUser": several, "frontendTagName": "2.17.0"}

    def next_state(self):
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]


def run(state, tasks, *, parameters=None, experiment="e1"):
    """A run as V2beta1Run.

    Args:
        state: Its state.
        tasks: By name, their states, or the states of their attempts.
        parameters: What it was given.
        experiment: The id of its experiment.
    """
    ended = state in ("SUCCEEDED", "FAILED", "CANCELED")
    return {
        "experiment_id": experiment,
        "run_id": RUN,
        "display_name": "params 166b861",
        "storage_state": "AVAILABLE",
        "pipeline_spec": {"pipeline_spec": {}, "platform_spec": {}},
        "runtime_config": {"parameters": parameters or {}},
        "service_account": "pipeline-runner",
        "created_at": TIME.format(0),
        "scheduled_at": TIME.format(0),
        "finished_at": TIME.format(59) if ended else NEVER,
        "state": state,
        "run_details": {"task_details": nodes(state, tasks)},
        "state_history": [{"update_time": TIME.format(0), "state": "PENDING"}],
    }


def nodes(state, tasks):
    """Argo's nodes of a run as V2beta1PipelineTaskDetail, in the order of their ids."""
    firsts = [f"root.{name}-driver" for name in list(tasks)[:1]]
    made = {
        "": node(WORKFLOW, state, ["root-driver"]),
        "root-driver": node("root-driver", "SUCCEEDED", ["root"]),
        "root": node("root", state, firsts),
    }
    for second, (name, told) in enumerate(tasks.items()):
        made |= nodes_of_task(name, told, second)
    return [made[place] for place in sorted(made, key=node_id)]


def nodes_of_task(name, told, second):
    """A task's driver, its node, and in it an executor with an attempt for each pod.

    Args:
        name: Its name.
        told: Its state, or the states of its attempts.
        second: When it began.
    """
    place = f"root.{name}"
    if told in ("driver running", "driver failed"):
        state = told.removeprefix("driver ").upper()
        return {f"{place}-driver": node(f"{name}-driver", state, [], second)}
    states = [told] if isinstance(told, str) else list(told)
    if states == ["OMITTED"]:  # Argo's word, which the host does not know
        states = []
    state = states[-1] if states else "RUNTIME_STATE_UNSPECIFIED"
    attempts = {f"{place}.executor({n})": each for n, each in enumerate(states)}
    driver = "SUCCEEDED" if states else state
    return {
        f"{place}-driver": node(f"{name}-driver", driver, [place], second),
        place: node(name, state, [f"{place}.executor"], second),
        f"{place}.executor": node("executor", state, list(attempts), second),
        **{
            key: node(key.removeprefix(f"{place}."), each, [], second)
            for key, each in attempts.items()
        },
    }


def node(display_name, state, children, second=0):
    return {
        "run_id": RUN,
        "task_id": str(uuid.uuid5(uuid.NAMESPACE_OID, display_name)),
        "display_name": display_name,
        "create_time": TIME.format(0),
        "start_time": TIME.format(second),
        "end_time": NEVER if state in ("PENDING", "RUNNING") else TIME.format(second + 1),
        "state": state,
        "execution_id": "0",
        "state_history": [{"update_time": TIME.format(second), "state": state}],
        "child_tasks": [{"pod_name": node_id(place)} for place in children],
    }


def node_id(place):
    """Argo's id of a node: the workflow's name and the 32 bit FNV-1a hash of the node's."""
    if not place:
        return WORKFLOW
    value = 2166136261
    for byte in f"{WORKFLOW}.{place}".encode():
        value = (value ^ byte) * 16777619 % 2**32
    return f"{WORKFLOW}-{value}"


def pod_name(task, attempt=0):
    """Kubernetes' name of an attempt's pod: the template's name comes before the hash."""
    number = node_id(f"root.{task}.executor({attempt})").rpartition("-")[2]
    return f"{WORKFLOW}-metadata-0-1-retry-system-container-impl-{number}"


class Handler(BaseHTTPRequestHandler):
    """Answers as kfp's API server and the server of its pages do."""

    def do_GET(self):
        place = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(place.query).items()}
        self.server.asked.append((place.path, asked))
        if not self._may(asked.get("namespace") or asked.get("podnamespace")):
            return
        *folder, last = place.path.strip("/").split("/")
        match "/".join(folder), last:
            case "apis/v2beta1", "healthz":
                self._answer(200, self.server.health())
            case "apis/v2beta1", "experiments":
                self._list_experiments(asked)
            case "apis/v2beta1/experiments", identifier:
                found = self.server.experiments.values()
                self._find(each for each in found if each["experiment_id"] == identifier)
            case "apis/v2beta1/runs", identifier:
                self._run(identifier)
            case "k8s", "pod" if self.server.has_pages:
                self._pod(self.server.pods, asked["podname"], lambda pod: {"status": pod})
            case "k8s/pod", "logs" if self.server.has_pages:
                self._pod(self.server.log, asked["podname"], str)
            case folder, "log" if folder.startswith(f"apis/v1alpha1/runs/{RUN}/nodes/"):
                self._pod(self.server.log, folder.rpartition("/")[2], str)
            case _:
                self._answer(404, {"code": 5, "message": "Not Found", "details": []})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body))
        if not self._may(body.get("namespace")):
            return
        match urlsplit(self.path).path:
            case "/apis/v2beta1/experiments":
                if body.get("namespace") and self.server.namespaces is None:
                    said = (
                        "In single-user mode, CreateExperimentRequest shouldn't contain namespace"
                    )
                    self._answer(400, {"code": 3, "message": said, "details": []})
                    return
                made = {**body, "experiment_id": f"id-of-{body['display_name']}"}
                self.server.experiments[body["display_name"]] = made
                self._answer(200, made)
            case "/apis/v2beta1/runs":
                self.server.submitted.append(body)
                self._answer(200, {**body, "run_id": RUN, "state": "PENDING"})
            case "/apis/v2beta1/recurringruns":
                self.server.recurring.append(body)
                self._answer(200, {**body, "recurring_run_id": "r1", "status": "ENABLED"})
            case _:
                self._answer(404, {"code": 5, "message": "Not Found", "details": []})

    def _list_experiments(self, asked):
        name = json.loads(asked["filter"])["predicates"][0]["stringValue"]
        found = [each for key, each in self.server.experiments.items() if key == name]
        self._answer(200, {"experiments": found, "total_size": len(found)} if found else {})

    def _run(self, identifier):
        state, told = self.server.next_state()
        if isinstance(state, int):
            self._answer(state, told)
        elif identifier == RUN:
            (experiment,) = [
                each["experiment_id"] for each in self.server.experiments.values()
            ] or ["e1"]
            given = {"parameters": self.server.parameters, "experiment": experiment}
            answer = run(state, told, **given)
            for each in answer["run_details"]["task_details"]:
                if each["display_name"] in self.server.errors:
                    said = self.server.errors[each["display_name"]]
                    each["error"] = {"code": 13, "message": said, "details": []}
            self._answer(200, answer)
        else:
            said = f"Failed to get a run: ResourceNotFoundError: Run {identifier} not found"
            self._answer(404, {"code": 5, "message": said, "details": []})

    def _pod(self, things, name, shown):
        """What is known by task of the pod of its newest attempt."""
        for task, thing in things.items():
            if name in (pod_name(task, attempt) for attempt in range(5)):
                self._answer(200, shown(thing))
                return
        self._answer(500, f"Could not get main container logs: Error: pod {name} not found")

    def _find(self, found):
        for each in found:
            self._answer(200, each)
            return
        self._answer(404, {"code": 5, "message": "Experiment not found", "details": []})

    def _may(self, namespace):
        if self.server.token and self.headers["Authorization"] != f"Bearer {self.server.token}":
            said = "Unauthenticated: Request header error: there is no user identity header"
            self._answer(401, {"code": 16, "message": said, "details": []})
            return False
        namespaces = self.server.namespaces
        if namespaces is not None and namespace and namespace not in namespaces:
            said = f"PermissionDenied: User 'me' is not authorized in namespace {namespace}"
            self._answer(403, {"code": 7, "message": said, "details": []})
            return False
        return True

    def _answer(self, status, content):
        text = content if isinstance(content, str) else json.dumps(content)
        page = text.startswith("<!")
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if page else "application/json")
        if status in range(300, 400):
            self.send_header("Location", "/dex/auth")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


@contextmanager
def running_host():
    """A host that answers until the block ends."""
    with Host() as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        yield host
        host.shutdown()
