"""All results of a study."""

from dataclasses import dataclass

from components.formats.field import Field
from components.formats.statistics import AuthorStatistics, People, Study


@dataclass(frozen=True)
class Results:
    """All results of a study.

    Attributes:
        field: What it is about.
        study: What the statistics say.
    """

    field: Field
    study: Study

    @property
    def human(self) -> AuthorStatistics:
        """The statistics of human-made cases; there are always some."""
        return self.study.human

    @property
    def people(self) -> People:
        """What people reached on human-made cases; somebody was always asked."""
        return self.study.people
