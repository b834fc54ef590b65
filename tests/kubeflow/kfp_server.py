"""A Kubeflow Pipelines host: the REST interface of 2.17; and Kubernetes' list of pods.

It describes a run as a real host does, but without the run's tasks, which nothing reads.
"""

import json
import re

from werkzeug import Response

RUN = "0123abcd-0000-4000-8000-000000000000"
TIME = "2026-03-01T10:00:{:02}Z"
LOGIN_PAGE = "<!DOCTYPE html><html><form action='/dex/auth'>Log in</form></html>"


class Host:
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
        lost: Status and content that took the place of the answer to that, if they did.
        recurring: The bodies of recurring runs that were created.
        asked: Paths and queries, or bodies, of all requests.
    """

    def __init__(self, server):
        self.url = server.url_for("").rstrip("/")
        self.token = self.namespaces = None
        self.states, self.parameters, self.pods = ["SUCCEEDED"], {}, []
        self.has_pages, self.experiments = True, {}
        self.submitted, self.recurring, self.asked = [], [], []
        self.lost = None
        server.expect_request(re.compile("/")).respond_with_handler(self.respond)

    def respond(self, request):
        given = request.get_json() if request.method == "POST" else request.args.to_dict()
        self.asked.append((request.path, given))
        status, content = self.answer(request, given)
        text = content if isinstance(content, str) else json.dumps(content)
        kind = "text/html" if text.startswith("<!") else "application/json"
        headers = {"Location": "/dex/auth"} if status in range(300, 400) else {}
        return Response(text, status, headers, content_type=kind)

    def answer(self, request, given):
        """Status and content: as kfp's API server answers, and as Kubernetes."""
        match request.path.strip("/").split("/"):
            case ["api", "v1", "namespaces", _, "pods"]:
                return self.list_pods(given["labelSelector"])
            case ["apis", "v2beta1", *place]:
                known = self.namespaces
                if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
                    return refusal(401, "Unauthenticated: there is no user identity header")
                if known is not None and (name := given.get("namespace")) and name not in known:
                    said = f"PermissionDenied: User 'me' is not authorized in namespace {name}"
                    return refusal(403, said)
                return self.answer_api(request.method, place, given)
        return refusal(404, "Not Found")

    def answer_api(self, method, place, given):
        match method, *place:
            case "GET", "healthz":
                return 200, self.health()
            case "GET", "experiments":
                name = json.loads(given["filter"])["predicates"][0]["stringValue"]
                found = [each for key, each in self.experiments.items() if key == name]
                return 200, {"experiments": found, "total_size": len(found)} if found else {}
            case "GET", "runs", identifier:
                return self.read_run(identifier)
            case "POST", "experiments":
                if given.get("namespace") and self.namespaces is None:
                    return refusal(400, "In single-user mode, no namespace should be given")
                made = {**given, "experiment_id": f"id-of-{given['display_name']}"}
                self.experiments[given["display_name"]] = made
                return 200, made
            case "POST", "runs":
                self.submitted.append(given)
                return self.lost or (200, {**given, "run_id": RUN, "state": "PENDING"})
            case "POST", "recurringruns":
                self.recurring.append(given)
                return 200, {**given, "recurring_run_id": "r1", "status": "ENABLED"}
        return refusal(404, "Not Found")

    def health(self):
        """What the pages' server says of the API server, or this itself."""
        several = self.namespaces is not None
        if not self.has_pages:
            return {"multi_user": several}
        ready = {"apiServerTagName": "2.17.0", "apiServerReady": True}
        return {**ready, "apiServerMultiUser": several, "frontendTagName": "2.17.0"}

    def read_run(self, identifier):
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(state, tuple):
            return state
        if identifier != RUN:
            return refusal(404, f"Failed to get a run: Run {identifier} not found")
        return 200, state if isinstance(state, dict) else self.run(state)

    def run(self, state):
        """A run as V2beta1Run."""
        return {
            "experiment_id": "e1",
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

    def list_pods(self, selector):
        if isinstance(self.pods, tuple):
            return self.pods
        key, _, value = selector.partition("=")
        found = [pod for pod in self.pods if pod["metadata"]["labels"].get(key) == value]
        return 200, {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": found}


def refusal(status, message):
    return status, {"code": status, "message": message, "details": []}
