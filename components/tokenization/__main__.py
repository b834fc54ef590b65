from components.command_line import run
from components.tokenization.stage import tokenization

if __name__ == "__main__":
    run(tokenization)
