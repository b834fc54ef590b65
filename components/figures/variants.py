"""The variants of a study, as the table in `params.yaml` names them."""

from dataclasses import dataclass
from pathlib import Path

from components.figures.record import read_yaml
from components.runtime.errors import InputError


@dataclass(frozen=True)
class Variant:
    """One way to come by a model.

    Attributes:
        name: Its key in the table.
        architecture: Name of the network.
        weights: What training starts from: `random` or `pretrained`.
        tokenizer: What cuts the text: `pretrained` or `domain`.
        epochs: Passes over the field's corpus; 0 for none.
    """

    name: str
    architecture: str
    weights: str
    tokenizer: str
    epochs: int

    @property
    def description(self) -> str:
        """What it is, in words."""
        passes = f"{self.epochs} epoch{'s' if self.epochs > 1 else ''}"
        training = passes if self.epochs else "not trained"
        return f"{self.weights} weights, {self.tokenizer} tokenizer, {training}"

    @property
    def from_scratch(self) -> bool:
        """Whether all it knows comes from the field's corpus, tokenizer aside."""
        return self.weights == "random" and self.epochs > 0


def read_variants(file: Path) -> list[Variant]:
    """The variants in the table `variants` of a parameter file, in its order.

    Args:
        file: `params.yaml`, YAML 1.2.

    Raises:
        InputError: The file is missing or no YAML, has no variant, or a variant lacks a value.
    """
    table = read_yaml(file).record("variants")
    if not table.values:
        raise InputError(f"no variant in {file}: expected one row each under variants")
    rows = {name: table.record(name) for name in table.values}
    return [
        Variant(
            name=name,
            architecture=row.text("architecture"),
            weights=row.text("weights"),
            tokenizer=row.text("tokenizer"),
            epochs=row.integer("epochs"),
        )
        for name, row in rows.items()
    ]
