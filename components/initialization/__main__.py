from components.command_line import run
from components.initialization.stage import initialization

if __name__ == "__main__":
    run(initialization)
