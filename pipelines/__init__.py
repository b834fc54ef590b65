"""What brings a study to where it runs, each folder on those below it.

study < dvc < store; store, kubernetes < pod; store, kubernetes < kubeflow < local
"""
