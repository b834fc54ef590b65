"""`README.md` beside a model: its card on the Hugging Face Hub, results as metadata included."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from huggingface_hub import EvalResult, ModelCardData

from components.formats.field import Field
from components.formats.hub_card import write_card
from components.formats.training_record import TrainingRecord

FILE = "README.md"
TASK = "text-generation"


class CardResult(NamedTuple):
    """A result of a model."""

    text: str  # what it was measured on
    measure: str
    value: float
    metric: str  # the measure's id on the Hub


def write_model_card(
    folder: Path,
    training: TrainingRecord,
    *,
    name: str,
    scores: Sequence[CardResult] = (),
    field: Field | None = None,
) -> None:
    """Writes the card of a model of this name.

    Its results are those of its validation and `scores`; the field is shown where it is known.
    """
    unread = "validation documents of the corpus"
    bits = training.validation_bits_per_byte
    results = [
        CardResult(unread, "perplexity", training.validation_perplexity, "perplexity"),
        CardResult(unread, "bits per byte", bits, "bits_per_byte"),
        *scores,
    ]
    data = ModelCardData(
        library_name="transformers",
        pipeline_tag=TASK,
        tags=["matching-experts"],
        datasets=[field.corpus_id] if field and field.corpus_id and training.epochs else None,
        model_name=name,
        eval_results=[_metadata(each) for each in results],
    )
    shown = {"training": training, "results": results, "scored": bool(scores), "field": field}
    write_card(folder / FILE, "model_card.md.jinja", data=data, name=name, **shown)


def _metadata(result: CardResult) -> EvalResult:
    kind = "brainbench" if result.metric == "accuracy" else "validation"
    return EvalResult(
        task_type=TASK,
        dataset_type=kind,
        dataset_name=result.text,
        dataset_config=result.text,  # results of one type and configuration share one name
        metric_type=result.metric,
        metric_name=result.measure,
        metric_value=result.value,
    )
