"""Cards of the Hugging Face Hub: Markdown from a template, behind its metadata in YAML."""

from pathlib import Path

from huggingface_hub import CardData
from jinja2 import Environment, FileSystemLoader, StrictUndefined


def write_card(file: Path, template: str, *, data: CardData, **shown: object) -> None:
    """Writes a card: its metadata, and what a template beside this module makes of `shown`."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=False,  # noqa: S701 - Markdown
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["count"] = "{:,}".format
    text = environment.get_template(template).render(**shown)
    file.write_text(f"---\n{data.to_yaml()}\n---\n\n{text}", encoding="utf-8")
