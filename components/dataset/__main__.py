"""Command line of the dataset stage: `demo` makes a field up, `originals` gets the public one."""

from components.dataset.demo import demo
from components.dataset.originals import originals
from components.runtime.command_line import run

if __name__ == "__main__":
    run({"demo": demo, "originals": originals})
