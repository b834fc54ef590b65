"""Command line of the dataset stage: `demo` generates data, `originals` downloads a field's."""

from components.dataset.demo import demo
from components.dataset.originals import originals
from components.runtime.command_line import run

if __name__ == "__main__":
    run({"demo": demo, "originals": originals})
