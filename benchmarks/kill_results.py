"""What happened after each kill, counted by the phase in which the process was killed."""

from collections import Counter
from collections.abc import Iterable

# The phases of a pod's life, as told by the files that exist.
PHASES = ("start", "look-up", "download", "run", "save outputs", "upload", "record", "write page")
CACHED = "cached"  # a pod that found the result of another
LAPTOP = ("dvc push", "store push", "dvc pull")
COLUMNS = {
    "killed": "kills",
    "lost": "lost results",
    "corrupt": "corrupt objects accepted",
    "repeated": "stage ran again",
    "resumed": "resumed from its state",
    "found": "found in the store",
}


class KillResults:
    """Counts by phase and column of the table.

    Attributes:
        counts: How often, by phase and column. A DVC command that ended while objects lacked counts
            as `incomplete`.
        broken: What does not hold, one line each.
    """

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.broken: list[str] = []

    def total(self, column: str) -> int:
        """The sum of a column over all phases."""
        return sum(count for (_, each), count in self.counts.items() if each == column)

    def add_kill(self, phase: str, broken: Iterable[str], *, corrupt: Iterable[str] = ()) -> None:
        """Counts a kill, and what does not hold after it."""
        wrong = list(corrupt)
        self.counts[phase, "killed"] += 1
        self.counts[phase, "corrupt"] += bool(wrong)
        self.broken += [f"killed in {phase}: {each}" for each in (*broken, *wrong)]

    def print_table(self, *, studies: int) -> None:
        """Prints one row per phase."""
        print("| killed in | " + " | ".join(COLUMNS.values()) + " |")
        print("|---|" + "--:|" * len(COLUMNS))
        for phase in (*PHASES, CACHED, *LAPTOP):
            counts = (self.counts[phase, column] for column in COLUMNS)
            print(f"| {phase} | " + " | ".join(map(str, counts)) + " |")
        print("| all | " + " | ".join(str(self.total(column)) for column in COLUMNS) + " |")
        broken = f"{len(self.broken)} things broken" if self.broken else "all equal"
        print(f"\n{studies} studies, each compared with an uninterrupted run: {broken}.")
        for command, remedy in (
            ("dvc push", "the store's push"),
            ("dvc pull", "removing DVC's index"),
        ):
            count = self.counts[command, "incomplete"]
            print(f"After a killed {command}, another lacked objects in {count}, until {remedy}.")
