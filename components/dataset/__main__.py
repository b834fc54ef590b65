"""Where a study's data comes from.

`demo` generates it, `corpus` makes a corpus of a field's literature, `originals` downloads a
field's data, `published` the original study's results; `propose-cases` and `accept-cases` make a
benchmark of new abstracts, `demo-abstracts` such abstracts of the made-up field; `questionnaire`
makes the page that experts answer, `participants` takes their answers.
"""

from components.dataset.answers import participants
from components.dataset.corpus import corpus
from components.dataset.demo import demo, demo_abstracts
from components.dataset.originals import originals
from components.dataset.proposals.accept import accept_cases
from components.dataset.proposals.propose import propose_cases
from components.dataset.published import published
from components.dataset.questionnaire import questionnaire
from components.runtime.command_line import run

if __name__ == "__main__":
    run(
        {
            "accept-cases": accept_cases,
            "corpus": corpus,
            "demo": demo,
            "demo-abstracts": demo_abstracts,
            "originals": originals,
            "participants": participants,
            "propose-cases": propose_cases,
            "published": published,
            "questionnaire": questionnaire,
        }
    )
