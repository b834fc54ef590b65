"""A Kubeflow Pipelines host: the REST interface of 2.17; and Kubernetes' list of pods.

It describes a run as a real host does, but without the run's tasks, which nothing reads.
"""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

RUN = "0123abcd-0000-4000-8000-000000000000"
TIME = "2026-03-01T10:00:{:02}Z"
LOGIN_PAGE = "<!DOCTYPE html><html><form action='/dex/auth'>Log in</form></html>"


class Host(ThreadingHTTPServer):
    """A host with one run, which goes through the states it is given, one a look.

    Attributes:
        token: The token that it asks for, if any.
        namespaces: The namespaces that there are, if it is for several users.
        states: The run's states; the last one stays. Instead of a state, a whole answer, or the
            status and content of another one.
        parameters: What the run was given.
        pods: Kubernetes' own descriptions of pods, or the status and content of another answer.
        has_pages: Whether it is asked by its pages' server, or itself.
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
        self.states = ["SUCCEEDED"]
        self.parameters = {}
        self.pods = []
        self.has_pages = True
        self.experiments = {}
        self.submitted = []
        self.recurring = []
        self.asked = []

    def health(self):
        """What the pages' server says of the API server, or this itself."""
        several = self.namespaces is not None
        if not self.has_pages:
            return {"multi_user": several}
        ready = {"apiServerTagName": "2.17.0", "apiServerReady": True}
        return {**ready, "apiServerMultiUser": several, "frontendTagName": "2.17.0"}

    def next_state(self):
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def run(self, state):
        """A run as V2beta1Run."""
        found = list(self.experiments.values()) or [{"experiment_id": "e1"}]
        return {
            "experiment_id": found[0]["experiment_id"],
            "run_id": RUN,
            "display_name": "params 166b861",
            "storage_state": "AVAILABLE",
            "runtime_config": {"parameters": self.parameters},
            "service_account": "pipeline-runner",
            "created_at": TIME.format(0),
            "scheduled_at": TIME.format(0),
            "finished_at": TIME.format(59),
            "state": state,
            "run_details": {"task_details": []},
            "state_history": [
                {"update_time": TIME.format(0), "state": "PENDING"},
                {"update_time": TIME.format(1)},
                {"update_time": TIME.format(2), "state": state},
            ],
        }


class Handler(BaseHTTPRequestHandler):
    """Answers as kfp's API server does, and as Kubernetes."""

    def do_GET(self):
        place = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(place.query).items()}
        self.server.asked.append((place.path, asked))
        match place.path.strip("/").split("/"):
            case ["api", "v1", "namespaces", _, "pods"]:
                self._pods(asked["labelSelector"])
                return
        if not self._may(asked.get("namespace")):
            return
        match place.path.strip("/").split("/"):
            case ["apis", "v2beta1", "healthz"]:
                self._answer(200, self.server.health())
            case ["apis", "v2beta1", "experiments"]:
                self._list_experiments(asked)
            case ["apis", "v2beta1", "runs", identifier]:
                self._run(identifier)
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
        state = self.server.next_state()
        if isinstance(state, tuple):
            self._answer(*state)
        elif identifier == RUN:
            self._answer(200, state if isinstance(state, dict) else self.server.run(state))
        else:
            said = f"Failed to get a run: ResourceNotFoundError: Run {identifier} not found"
            self._answer(404, {"code": 5, "message": said, "details": []})

    def _pods(self, selector):
        pods = self.server.pods
        if isinstance(pods, tuple):
            self._answer(*pods)
            return
        key, _, value = selector.partition("=")
        found = [pod for pod in pods if pod["metadata"]["labels"].get(key) == value]
        self._answer(200, {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": found})

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
        # A short interval: the end waits for it.
        threading.Thread(target=host.serve_forever, args=(0.01,), daemon=True).start()
        yield host
        host.shutdown()
