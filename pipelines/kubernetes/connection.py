"""The connection to Kubernetes, and the names by which it knows the pods of a run."""

import os
from typing import Any

from components.runtime.errors import InputError
from pipelines.kubernetes.answers import one_line

NODE_NAME = "workflows.argoproj.io/node-name"  # wf(0).root(0).train-gpt2-neuro(0).executor(0)
QUEUE = "kueue.x-k8s.io/queue-name"  # label of what waits for Kueue
JOB = "jobset.sigs.k8s.io/jobset-name"  # label of the pods of a TrainJob
IN_A_POD, KUBECONFIG = "KUBERNETES_SERVICE_HOST", "KUBECONFIG"


def connect() -> Any:  # noqa: ANN401 (the client has no types)
    """A client: by a kubeconfig, or in a pod that has none by its service account.

    Raises:
        InputError: There is neither, or it cannot be read.
    """
    from kubernetes import client, config

    settings = client.Configuration()
    file = os.environ.get(KUBECONFIG)
    try:
        if file or IN_A_POD not in os.environ:
            config.load_kube_config(file, client_configuration=settings, persist_config=False)
        else:
            config.load_incluster_config(client_configuration=settings)
    except Exception as error:  # noqa: BLE001 - of files, YAML and logins of clouds, many kinds
        raise InputError(
            f"Kubernetes: {one_line(error)}: check {KUBECONFIG}, or the service account of this pod"
        ) from None
    settings.retries = False
    return client.ApiClient(settings)
