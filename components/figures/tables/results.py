"""The table of results: one row for the human experts, one for each variant."""

from components.figures import wording
from components.figures.results import Results
from components.figures.table import Column, Table, markdown
from components.formats.statistics import ScoredVariant

COLUMNS = (
    Column("variant", "variant"),
    Column("description", "what it is"),
    Column("human", "human-made cases (95% interval)", "share"),
    Column("machine", "machine-made cases (95% interval)", "share"),
    Column("validation_perplexity", "validation perplexity", "perplexity"),
    Column("validation_bits_per_byte", "bits per byte, validation", "bits"),
    Column("benchmark_bits_per_byte", "bits per byte, benchmark", "bits"),
    Column("training_seconds", "training time", "duration"),
)
SHORT = {
    "variant": "variant",
    "description": "what it is",
    "human": "human-made",
    "machine": "machine-made",
    "validation_perplexity": "perplexity",
    "validation_bits_per_byte": "bits/byte",
    "benchmark_bits_per_byte": "on benchmark",
    "training_seconds": "time",
}


def results_table(results: Results) -> Table:
    """Everybody's accuracy and how well variants predict text."""
    people = {name: each.people for name, each in results.study.authors.items()}
    shares = [each.share if (each := people.get(name)) else None for name in ("human", "machine")]
    told = wording.count(results.study.num_participants, "participant")
    experts = [results.field.experts, told, *shares, None, None, None, None]
    return Table(
        name="results",
        caption=(
            "Share of cases in which the original abstract was chosen, and how well each variant"
            " predicts the validation texts and the originals of human-made cases. Perplexities of"
            " variants with different tokenizers are not comparable; bits per byte are."
        ),
        columns=COLUMNS,
        rows=[experts, *(_row(each, results) for each in results.study.variants)],
    )


def results_markdown(table: Table) -> str:
    """The table in Markdown."""
    titles = [SHORT[column.name] for column in table.shown]
    sides = "<<" + ">" * (len(titles) - 2)
    return markdown(titles, table.cells, sides=sides)


def _row(score: ScoredVariant, results: Results) -> list[object]:
    training, accuracy = score.training, results.study.accuracy(score.name)
    return [
        score.name,
        score.variant.description,
        accuracy["human"],
        accuracy.get("machine"),
        training.validation_perplexity if training else None,
        training.validation_bits_per_byte if training else None,
        score.bits_per_byte.get("human"),
        training.training_seconds if training else None,
    ]
