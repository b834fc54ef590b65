"""Command line of the dataset stage: where data comes from.

`demo` generates it, `corpus` makes a corpus of a field's literature, `originals` downloads a
field's data, `published` the original study's results.
"""

from components.dataset.corpus import corpus
from components.dataset.demo import demo
from components.dataset.originals import originals
from components.dataset.published import published
from components.runtime.command_line import run

if __name__ == "__main__":
    run({"corpus": corpus, "demo": demo, "originals": originals, "published": published})
