from components.command_line import run
from components.term_tagging.stage import term_tagging

if __name__ == "__main__":
    run(term_tagging)
