from components.command_line import run
from components.figures.stage import figures

if __name__ == "__main__":
    run(figures)
