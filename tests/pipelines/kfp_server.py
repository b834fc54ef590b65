"""A Kubeflow Pipelines host as far as its REST interface goes: experiments, runs, pods' logs."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

RUN = "0123abcd-0000-0000-0000-000000000000"


class Host(ThreadingHTTPServer):
    """A host with one run, which goes through the states it is given, one a look.

    Attributes:
        token: The token that it asks for, if any.
        namespaces: The namespaces that there are, if it is for several users.
        states: The run's states, each with those of its tasks; the last one stays.
        log: Logs by pod.
        submitted: The bodies of runs that were created.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.token = None
        self.namespaces = None
        self.states = [("SUCCEEDED", {})]
        self.log = {}
        self.submitted = []
        self.experiments = {}

    def run(self):
        """The run as V2beta1Run."""
        state, tasks = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        details = [task(name, *told) for name, told in tasks.items()]
        return {"run_id": RUN, "state": state, "run_details": {"task_details": details}}


def task(name, state, message=None):
    """A task as V2beta1PipelineTaskDetail."""
    return {
        "task_id": name,
        "display_name": name,
        "state": state,
        "child_tasks": [{"pod_name": f"pod-of-{name.replace(' ', '-')}"}],
        **({"error": {"code": 13, "message": message}} if message else {}),
    }


class Handler(BaseHTTPRequestHandler):
    """Answers as kfp's API server does."""

    def do_GET(self):
        place = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(place.query).items()}
        if not self._may(asked.get("namespace")):
            return
        if place.path == "/apis/v2beta1/healthz":
            self._answer(200, {"multi_user": self.server.namespaces is not None})
        elif place.path == "/apis/v2beta1/experiments":
            wanted = json.loads(asked["filter"])["predicates"][0]
            name = wanted.get("string_value") or wanted.get("stringValue")
            found = [self.server.experiments[name]] if name in self.server.experiments else []
            self._answer(200, {"experiments": found, "total_size": len(found)})
        elif place.path == f"/apis/v2beta1/runs/{RUN}":
            self._answer(200, self.server.run())
        elif place.path == "/k8s/pod/logs" and asked["podname"] in self.server.log:
            self._answer(200, self.server.log[asked["podname"]])
        else:
            self._answer(404, {"code": 5, "message": "not found"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._may(body.get("namespace")):
            return
        if self.path == "/apis/v2beta1/experiments":
            made = {**body, "experiment_id": f"id-of-{body['display_name']}"}
            self.server.experiments[body["display_name"]] = made
            self._answer(200, made)
        elif urlsplit(self.path).path == "/apis/v2beta1/runs":
            self.server.submitted.append(body)
            self._answer(200, {**body, "run_id": RUN})
        else:
            self._answer(404, {"code": 5, "message": "not found"})

    def _may(self, namespace):
        if self.server.token and self.headers["Authorization"] != f"Bearer {self.server.token}":
            self._answer(401, {"code": 16, "message": "Unauthenticated"})
            return False
        namespaces = self.server.namespaces
        if namespaces is not None and namespace and namespace not in namespaces:
            self._answer(403, {"code": 7, "message": f"no access to {namespace}"})
            return False
        return True

    def _answer(self, status, content):
        text = content if isinstance(content, str) else json.dumps(content)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
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
