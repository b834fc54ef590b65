"""Kubernetes with Kubeflow Trainer, as far as a task needs it: jobs, their pods and logs.

A job's nodes are processes here. It ends as its JobSet would: it is complete when all nodes are
done, and has failed when one fails for good; other failures are not begun again here.
"""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from kubeflow_trainer_api.models import TrainerV1alpha1TrainJob

NAMESPACE, OWN_POD = "team", "pod-of-the-task"
JOBS = f"/apis/trainer.kubeflow.org/v1alpha1/namespaces/{NAMESPACE}/trainjobs"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
OWNER = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "name": "wf", "uid": "u-1"}
NODE_NAME = {"workflows.argoproj.io/node-name": "wf(0).root(0).train-a(0).executor(0)"}
KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: test
clusters: [{name: test, cluster: {server: "http://127.0.0.1:PORT"}}]
contexts: [{name: test, context: {cluster: test, user: test}}]
users: [{name: test, user: {token: secret}}]
"""


class TrainerServer(ThreadingHTTPServer):
    """A namespace of a cluster.

    Args:
        start_node: Starts a node's process: takes the job's manifest and the node's number, and
            returns a process with `folder`, which has its output.

    Attributes:
        jobs: Manifests of the jobs that there are, by name.
        nodes: The processes of their nodes.
        made: Manifests of all jobs that were created.
        refusals: Status and message of the next answers, in place of others.
        breaks: After as many lines, each a connection that reads a log, the connection breaks.
        no_log: Status with which logs are refused, if they are.
        cuts: Number of answers about pods to come that break off half-way.
    """

    daemon_threads = True

    def __init__(self, start_node):
        super().__init__(("127.0.0.1", 0), Handler)
        self.start_node = start_node
        self.jobs, self.nodes, self.made, self.refusals = {}, {}, [], []
        self.breaks, self.no_log, self.cuts = [], None, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def kubeconfig(self):
        return KUBECONFIG.replace("PORT", str(self.server_port))

    def create(self, manifest):
        read = TrainerV1alpha1TrainJob.from_dict(manifest)
        assert json.loads(read.to_json()) == manifest  # an unknown field would be missing
        name = manifest["metadata"]["name"]
        self.made.append(manifest)
        count = manifest["spec"]["trainer"]["numNodes"]
        self.nodes[name] = [self.start_node(manifest, rank) for rank in range(count)]
        self.jobs[name] = manifest

    def delete(self, name):
        del self.jobs[name]
        for node in self.nodes[name]:
            with contextlib.suppress(ProcessLookupError):
                node.terminate()

    def job(self, name):
        codes = [node.exitcode for node in self.nodes[name]]
        ended = None
        if all(code == 0 for code in codes):
            ended = ("Complete", "JobsCompleted", "jobset completed successfully")
        elif any(codes):
            ended = ("Failed", "FailedJobs", "jobset failed due to one or more job failures")
        if not ended:
            return self.jobs[name] | {"status": {}}
        condition = dict(zip(("type", "reason", "message"), ended, strict=True))
        return self.jobs[name] | {"status": {"conditions": [condition | {"status": "True"}]}}

    def pods(self, selector):
        labels = dict(part.split("=") for part in selector.split(","))
        name = labels["jobset.sigs.k8s.io/jobset-name"]
        first = "batch.kubernetes.io/job-completion-index" in labels
        found = self.nodes.get(name, ())[: 1 if first else None]
        return [self.pod(f"{name}-node-0-{rank}", each.exitcode) for rank, each in enumerate(found)]

    @staticmethod
    def pod(name, code):
        state = {"running": {}} if code is None else {"terminated": {"exitCode": code}}
        phase = {None: "Running", 0: "Succeeded"}.get(code, "Failed")
        return {
            "metadata": {"name": name, "creationTimestamp": "2026-03-01T10:00:00Z"},
            "status": {"phase": phase, "containerStatuses": [{"name": "node", "state": state}]},
        }

    def lines(self, pod):
        """The lines of a pod's log with their times, until its process ends."""
        name, _, rank = pod.rpartition("-node-0-")
        node, count = self.nodes[name][int(rank)], 0
        with (node.folder / "stdout").open() as file:
            while True:
                is_over = node.exitcode is not None
                for line in file.read().splitlines():
                    count += 1
                    yield f"2026-03-01T10:00:00.{count:09}Z {line}\n"
                if is_over:
                    return
                time.sleep(0.05)


class Handler(BaseHTTPRequestHandler):
    """Answers as Kubernetes does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        place = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(place.query).items()}
        folder, _, name = place.path.rpartition("/")
        if self._refuses():
            return
        if place.path == f"{PODS}/{OWN_POD}":
            owners = [OWNER | {"controller": True, "blockOwnerDeletion": True}]
            metadata = {"name": OWN_POD, "annotations": NODE_NAME, "ownerReferences": owners}
            self._answer(200, {"metadata": metadata})
        elif place.path == PODS:
            self._answer(200, {"items": self.server.pods(asked["labelSelector"])})
        elif name == "log":
            assert (asked["follow"], asked["timestamps"]) == ("True", "True")
            assert asked["container"] == "node"
            if status := self.server.no_log:
                self._answer(status, {"kind": "Status", "message": "dial tcp: no route to host"})
            else:
                self._log(folder.rpartition("/")[2])
        elif folder == JOBS and name in self.server.jobs:
            self._answer(200, self.server.job(name))
        else:
            self._answer(404, {"message": f"{name} not found"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == JOBS
        if not self._refuses():
            self.server.create(body)
            self._answer(201, body)

    def do_DELETE(self):
        name = self.path.removeprefix(f"{JOBS}/")
        if name in self.server.jobs:
            self.server.delete(name)
            self._answer(200, {"status": "Success"})
        else:
            self._answer(404, {"message": f"{name} not found"})

    def _log(self, pod):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.close_connection = True
        longest = self.server.breaks.pop(0) if self.server.breaks else None
        for count, line in enumerate(self.server.lines(pod)):
            if count == longest:
                return
            self.wfile.write(b"%x\r\n%b\r\n" % (len(line.encode()), line.encode()))
        self.wfile.write(b"0\r\n\r\n")

    def _refuses(self):
        if not self.server.refusals:
            return False
        status, message = self.server.refusals.pop(0)
        self._answer(status, {"kind": "Status", "message": message})
        return True

    def _answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.server.cuts and status == 200 and self.path.startswith(PODS):
            self.server.cuts -= 1
            self.close_connection, body = True, body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing."""
