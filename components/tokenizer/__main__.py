from components.command_line import run
from components.tokenizer.stage import tokenizer

if __name__ == "__main__":
    run(tokenizer)
