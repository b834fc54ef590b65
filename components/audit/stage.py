"""The audit stage."""

from pathlib import Path

from components.formats.cases import read_benchmark
from components.runtime.atomic import written_folder
from components.runtime.progress import Progress
from components.runtime.ranges import check_seed


def audit(*, cases: Path, audit: Path, seed: int = 42) -> None:
    """Asks how many cases can be solved without knowledge of the field.

    Cues are single words and neighbouring words, by classifiers that have not seen the case's
    abstract; the length, hedging words and numbers of the two versions; and their order. A cue
    gives cases away if its p, adjusted by Holm's method for the number of cues, is below .05; the
    command then prints a warning. With fewer than 20 abstracts nothing is tested.

    Args:
        cases: Folder of the cases: human.csv, machine.csv or both.
        audit: Output folder of cues.csv (accuracy, interval and p of each cue), words.csv (the
            words of most weight) and metrics.json (accuracies).
        seed: Random seed of the order of A and B and of the tests' random exchanges.

    Raises:
        InputError: The cases are bad, or the seed is out of range.
    """
    check_seed(seed)
    benchmark = read_benchmark(cases)

    from components.audit.audits import FEWEST_ABSTRACTS, NUM_EXCHANGES, audit_cues, audit_words
    from components.formats.audit import write_audit

    total = NUM_EXCHANGES * len(benchmark)
    with Progress("test cues", total=total, unit="exchanges of versions") as progress:
        cues = [
            cue
            for each in benchmark.items()
            for cue in audit_cues(*each, seed=seed, advance=progress.advance)
        ]
    words = [word for each in benchmark.items() for word in audit_words(*each)]
    with written_folder(audit) as folder:
        write_audit(folder, cues, words)
    for each in cues:
        chance = f"not tested: fewer than {FEWEST_ABSTRACTS} abstracts"
        if each.holm_p is not None:
            chance = f"adjusted p = {each.holm_p:.3f}"
        warning = "warning: " if each.gives_away else ""
        line = f"{each.author}-made cases, {each.cue}: accuracy {each.accuracy:.3f}, {chance}"
        print(warning + line)  # noqa: T201
