"""Makes a study that of this checkout."""

import re
from collections.abc import Iterable
from pathlib import Path

from components.formats.json_file import read_text
from components.runtime.atomic import written_file
from pipelines.study.params import read_params
from pipelines.study.validation import check_definition

SCORES = re.compile(r"(?m)(^(?P<before> +- artifacts/scores/)[a-z0-9-]+\n)+")


def use(*, params: Path, definition: Path = Path("dvc.yaml")) -> None:
    """Makes a study that of this checkout: its params.yaml, and its variants in dvc.yaml.

    A stage that reads all scores names them one by one. Run it also after adding a variant to
    params.yaml.

    Args:
        params: File with the study's parameters, params.paper.yaml say.
        definition: File dvc.yaml with the stages; params.yaml is written beside it.

    Raises:
        InputError: The parameters are invalid or dvc.yaml does not fit them otherwise.
    """
    study = read_params(params)
    stages = with_variants(read_text(definition), study.variants)
    check_definition(stages, study, params=params, definition=definition)
    target = definition.with_name("params.yaml")
    for file, text in ((target, read_text(params)), (definition, stages)):
        with written_file(file) as partial:
            partial.write_text(text, encoding="utf-8")
    print(f"{target}: {len(study.variants)} variants of {params}")


def with_variants(definition: str, variants: Iterable[str]) -> str:
    """The text of a dvc.yaml whose stages that read all scores read those of some variants."""
    return SCORES.sub(
        lambda found: "".join(f"{found['before']}{name}\n" for name in variants),
        definition,
    )
