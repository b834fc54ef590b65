from components.command_line import run
from components.training.stage import training

if __name__ == "__main__":
    run(training)
