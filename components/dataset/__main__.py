"""Command line of the dataset stage: where data comes from.

`demo` generates it, `corpus` makes a corpus of a field's literature, `originals` downloads a
field's data, `published` the original study's results; `questionnaire` makes the page that experts
answer, `participants` takes their answers.
"""

from components.dataset.answers import participants
from components.dataset.corpus import corpus
from components.dataset.demo import demo
from components.dataset.originals import originals
from components.dataset.published import published
from components.dataset.questionnaire import questionnaire
from components.runtime.command_line import run

if __name__ == "__main__":
    run(
        {
            "corpus": corpus,
            "demo": demo,
            "originals": originals,
            "participants": participants,
            "published": published,
            "questionnaire": questionnaire,
        }
    )
