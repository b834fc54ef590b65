"""What became of what was killed, by the phase of the kill."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

# A pod's life; where it is, is told by what exists.
PHASES = ("start", "look-up", "pull", "run", "take in", "push", "note", "hand out")
MADE = "cached result found"  # a pod that found its result
LAPTOP = ("dvc push", "store push", "dvc pull")


@dataclass
class Tally:
    """What became of what was killed, by the phase of the kill.

    Attributes:
        killed: Kills.
        repeated: Kills after which a command ran again that had begun before.
        resumed: Kills after which it went on from its state.
        spared: Kills after which the stage was found made.
        lost: Kills after which a noted result was made again.
        unfinished: Commands of DVC that said they were done, or could not be, while objects lacked.
        corrupt: Kills after which a cache held an object that is not what its name says.
        broken: All that does not hold, a line each.
    """

    killed: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    resumed: Counter[str] = field(default_factory=Counter)
    spared: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    unfinished: Counter[str] = field(default_factory=Counter)
    corrupt: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All kills."""
        return self.killed.total()

    def note(self, phase: str, what: Iterable[str], *, corrupt: Iterable[str] = ()) -> None:
        """Notes a kill and what does not hold after it."""
        self.killed[phase] += 1
        wrong = list(corrupt)
        self.corrupt[phase] += bool(wrong)
        self.broken += [f"killed in {phase}: {each}" for each in (*what, *wrong)]


def print_table(tally: Tally, *, studies: int) -> None:
    """One row a phase."""
    print(
        "| killed in | kills | lost results | corrupt objects taken | stage ran again"
        " | went on from its state | found made |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|")
    columns = (tally.killed, tally.lost, tally.corrupt, tally.repeated, tally.resumed, tally.spared)
    for phase in (*PHASES, MADE, *LAPTOP):
        print(f"| {phase} | " + " | ".join(str(each[phase]) for each in columns) + " |")
    print("| all | " + " | ".join(str(each.total()) for each in columns) + " |")
    print(f"\n{studies} studies, each compared with an uninterrupted run: {outcome(tally)}.")
    for what, mend in (("dvc push", "the store's push"), ("dvc pull", "removing DVC's index")):
        count = tally.unfinished[what]
        print(f"A killed {what}, run again, lacked objects in {count} of {studies}, until {mend}.")


def outcome(tally: Tally) -> str:
    """In words, whether all held."""
    return f"{len(tally.broken)} things broken" if tally.broken else "all the same"
