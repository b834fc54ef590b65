"""The tables of confidence: what it tells, and accuracy in each of its bins."""

from components.figures.results import Results
from components.figures.table import Column, Estimate, Table
from components.formats.statistics import Confidence, Interval

CONFIDENCE = (
    Column("who", "who"),
    Column("author", "cases made by"),
    Column("auroc", "AUROC (95% interval)", "number"),
    Column("log_odds", "log odds a standard deviation (95% interval)", "number"),
    Column("log_odds_p", "test of log odds, p", "p"),
    Column("bins_slope", "slope of the line", "number"),
    Column("published_bins_slope", "", "number"),
    Column("published_slope_p", ""),
)
CALIBRATION = (
    Column("who", "who"),
    Column("author", "cases made by"),
    Column("rank", "rank"),
    Column("correct", "right", "count"),
    Column("total", "choices", "count"),
)


def confidence_table(results: Results) -> Table:
    """What everybody's confidence tells of being right."""
    return Table(
        name="confidence",
        caption=(
            "What confidence tells of being right: AUROC, and a logistic regression of being right"
            " on confidence (log odds for one standard deviation more of it, with standard errors"
            " robust to clusters); 0 log odds and an AUROC of 0.50 are nothing."
        ),
        columns=CONFIDENCE,
        rows=[_row(who, author, each) for who, author, each in _everybody(results)],
    )


def calibration_table(results: Results) -> Table:
    """Right choices by bin of confidence."""
    return Table(
        name="calibration",
        caption="Right choices by rank of confidence, from the least (0) to the greatest (1).",
        columns=CALIBRATION,
        rows=[
            [who, author, f"{found.middle:.2f}", found.correct, found.total]
            for who, author, each in _everybody(results)
            for found in each.bins.bins
        ],
    )


def _everybody(results: Results) -> list[tuple[str, str, Confidence]]:
    found = []
    for author, each in results.study.authors.items():
        if each.people:
            found.append((results.field.experts, author, each.people.confidence))
        found += [(name, author, model.confidence) for name, model in each.models.items()]
    return found


def _row(who: str, author: str, each: Confidence) -> list[object]:
    return [
        who,
        author,
        _estimate(each.roc.area, each.roc.interval),
        _estimate(each.logistic.slope, each.logistic.interval),
        each.logistic.p_value,
        _estimate(each.bins.slope),
        _estimate(each.published_bins.slope),
        each.published_logistic.p_value,
    ]


def _estimate(value: float | None, interval: Interval | None = None) -> Estimate | None:
    return None if value is None else Estimate(value, interval)
