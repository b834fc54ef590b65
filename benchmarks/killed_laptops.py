"""A laptop whose pushes and pulls are killed at random moments."""

import random
import shutil
import sys
from pathlib import Path

from benchmarks.invariants import Invariants, wrong_objects
from benchmarks.processes import Process
from benchmarks.projects import clone, configure, differences, object_names
from benchmarks.store import BUCKET, say
from benchmarks.tally import Tally


class Laptop:
    """A checkout and a clone whose pushes and pulls are killed; each is then let come to its end.

    What DVC leaves wrong is counted, and has to be mended by what the project tells to do.

    Args:
        folder: For the clone; its parent's name is part of the store's prefix.
        reference: The checkout, with all results.
        bucket: The folder of the bucket.
        tally: Where kills are noted.
        draw: Chooses the moments.
        usual: Seconds that push and pull usually take.
    """

    def __init__(
        self,
        folder: Path,
        reference: Path,
        bucket: Path,
        tally: Tally,
        draw: random.Random,
        usual: dict[str, float],
    ) -> None:
        self.log = folder.with_suffix(".log")
        self.reference, self.tally, self.draw, self.usual = reference, tally, draw, usual
        prefix = f"{folder.parent.name}-laptop"
        self.served = bucket / prefix
        configure(reference, f"s3://{BUCKET}/{prefix}")
        self.clone = clone(reference, folder)
        self.invariants = Invariants(self.served)

    def interrupt(self) -> None:
        """Pushes with DVC, then with the store's own push, and pulls with DVC."""
        python = (sys.executable, "-P", "-m")  # -P: the project has components/ of its own
        self._interrupt("dvc push", [*python, "dvc", "push"], self.reference)
        self.tally.unfinished["dvc push"] += bool(self._missing())
        ours = [*python, "pipelines.store", "push", "--run", "laptop"]
        if self._interrupt("store push", ours, self.reference):
            self.tally.broken.append(f"store push: {self.log.read_text()[-500:]}")
        self.tally.broken += [f"{name}: not pushed" for name in self._missing()]
        self.tally.broken += self.invariants.broken()
        pull = [*python, "dvc", "pull"]
        self._interrupt("dvc pull", pull, self.clone)
        if any(differences(self.reference, self.clone)):
            self.tally.unfinished["dvc pull"] += 1
            shutil.rmtree(self.clone / ".dvc" / "site")
            Process(pull, cwd=self.clone, log=self.log).finish()
        self.tally.broken += differences(self.reference, self.clone)
        self.tally.broken += wrong_objects(self.clone / ".dvc" / "cache")
        shutil.rmtree(self.served)

    def _interrupt(self, what: str, command: list[str], root: Path) -> int:
        """Kills a command three times, at later and later moments, then lets it come to its end.

        Returns:
            Its exit code in the end.
        """
        for seconds in sorted(self.draw.uniform(0.5, self.usual[what]) for _ in range(3)):
            process = Process(command, cwd=root, log=self.log)
            ended = process.ends_within(seconds)
            process.kill()
            if not ended:
                say(f"{what} killed")
                self.tally.note(what, wrong_objects(self.served))
        return Process(command, cwd=root, log=self.log).finish()

    def _missing(self) -> list[str]:
        """The objects that were not pushed."""
        names = object_names(self.reference)
        return [name for name in names if not (self.served / name).is_file()]
