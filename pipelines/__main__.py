from components.command_line import run
from pipelines.check import check

if __name__ == "__main__":
    run({"check": check})
