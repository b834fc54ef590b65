from components.command_line import run
from pipelines.pod.pod import pod

if __name__ == "__main__":
    run(pod)
