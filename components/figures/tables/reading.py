"""The tables of what models had before them: contexts, and what they may have read before."""

from components.figures.results import Results
from components.figures.table import Column, Estimate, Table

MODELS = (
    Column("variant", "variant"),
    Column("author", "cases made by"),
    Column("accuracy", "accuracy (95% interval)", "share"),
    Column("ties", "ties", "count"),
    Column("chance_p", "test of chance, p", "p"),
)
CONTEXTS = (
    Column("variant", "variant"),
    Column("author", "cases made by"),
    Column("context", "context"),
    Column("accuracy", "accuracy (95% interval)", "share"),
    Column("choices", "choices", "count"),
)
MEMORISATION = (
    Column("variant", "variant"),
    Column("benchmark", "median ratio, benchmark", "number"),
    Column("reference", "median ratio, reference", "number"),
    Column("auroc", "AUROC (95% interval)", "number"),
    Column("mann_whitney_p", "Mann and Whitney's p", "p"),
    Column("num_benchmark", "", "count"),
    Column("num_reference", "", "count"),
)
CLEAN = (
    Column("variant", "variant"),
    Column("author", "cases made by"),
    Column("all", "all cases (95% interval)", "share"),
    Column("clean", "clean cases (95% interval)", "share"),
    Column("num_clean", "clean cases", "count"),
)


def models_table(results: Results) -> Table:
    """Every variant's accuracy, and whether it is chance."""
    return Table(
        name="models",
        caption=(
            "Every variant's accuracy with Wilson's interval, cases whose two versions have one"
            " perplexity (they count as wrong), and the exact two-sided binomial test of chance."
        ),
        columns=MODELS,
        rows=[
            [name, author, each.accuracy, each.num_ties, each.chance_p_value]
            for author, found in results.study.authors.items()
            for name, each in found.models.items()
        ],
    )


def contexts_table(results: Results) -> Table:
    """Accuracy by context."""
    return Table(
        name="contexts",
        caption="Accuracy by how much of the abstracts was read.",
        columns=CONTEXTS,
        rows=[
            [name, author, context, share, share.total]
            for context, authors in results.study.contexts.items()
            for author, shares in authors.items()
            for name, share in shares.items()
        ],
    )


def memorisation_table(results: Results) -> Table:
    """Ratios of the benchmark's originals beside those of reference texts."""
    return Table(
        name="memorisation",
        caption=(
            "Zlib-to-perplexity ratios of the benchmark's originals and of reference texts, and the"
            " share of pairs in which the original has the higher one (AUROC)."
        ),
        columns=MEMORISATION,
        rows=[
            [
                name,
                Estimate(each.benchmark[2]),
                Estimate(each.reference[2]),
                None if each.roc.area is None else Estimate(each.roc.area, each.roc.interval),
                each.p_value,
                each.num_benchmark,
                each.num_reference,
            ]
            for name, each in results.study.memorisation.items()
            if each
        ],
    )


def clean_table(results: Results) -> Table:
    """Accuracy in all and in clean cases."""
    return Table(
        name="clean",
        caption=(
            "Accuracy in all cases, and in those of which the field's training corpus holds no"
            f" {results.study.overlap.ngram_length} words in a row."
        ),
        columns=CLEAN,
        rows=[
            [
                score.name,
                author,
                results.study.accuracy(score.name)[author],
                results.study.clean.get(author, {}).get(score.name),
                results.study.overlap.clean[author],
            ]
            for author in results.study.authors
            for score in results.study.variants
        ],
    )
