"""Validates a study before anything runs."""

from pathlib import Path

from components.formats.json_file import read_text
from components.runtime.errors import InputError
from components.term_tagging.published import check_answers
from pipelines.dvc.remote import default_remote, read_address
from pipelines.study.validation import read_study


def validate(
    *,
    params: Path = Path("params.yaml"),
    definition: Path = Path("dvc.yaml"),
    data: Path = Path("data.dvc"),
) -> None:
    """Validates the study: its parameters, the stages of dvc.yaml, and what DVC makes of both.

    Prints what each variant costs in tokens and optimizer steps, as far as token sets are made.

    Args:
        params: File with the study's parameters.
        definition: File dvc.yaml with the stages, beside components/.
        data: File data.dvc, which names the data.

    Raises:
        InputError: The parameters are invalid or dvc.yaml does not fit them, an option keeps a
            stage's results out of the store, a stage reads what nothing makes, names of two stages
            become one, the tagger's published tags are not among the data, or the default DVC
            remote's URL is one that S3 or DVC would not take.
    """
    if definition.name != "dvc.yaml":
        raise InputError(f"--definition: found {definition}, expected a file named dvc.yaml")
    study = read_study(params, definition=definition)
    from pipelines.dvc.graph import read_graph

    read_graph(definition.parent, params=read_text(params), data=read_text(data))
    corpus = definition.parent / "data" / "corpus"
    if study.term_tagging.tagger == "published" and corpus.is_dir():  # the data may be elsewhere
        check_answers(corpus / "tags")
    if (url := default_remote(definition.parent) or "").lower().startswith("s3:"):
        read_address(url)
    from pipelines.study.costs import costs, table

    print(f"{params}: {len(study.variants)} variants\n")
    header = ("variant", "training tokens", "optimizer steps")
    print(table([header, *costs(study, tokens=definition.parent / "artifacts" / "tokens")]))
