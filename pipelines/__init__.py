"""What brings a study to where it runs, each folder on those below it.

study < dvc < store < pod; store < kubeflow < local
"""
