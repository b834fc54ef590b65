"""Pages that a person fills in in a browser: one file each, which loads and sends nothing.

A page NAME is `NAME.html.jinja`, which extends `base.html.jinja`, and `NAME.js`. The styles of
`base.css` and the functions of `base.js` are there for every page, and so is what the page shows,
as the constant `DATA`.
"""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.runtime.atomic import written_file

FOLDER = Path(__file__).parent


def write_page(file: Path, name: str, *, title: str, data: Mapping[str, Any]) -> None:
    """Writes the page of a name, whole or not at all.

    `data` is what it shows, for its template and its script: what JSON can hold.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # 0.1 s

    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Browsers run this script and no other, whatever the data hold.
    script = "".join((FOLDER / each).read_text("utf-8") for each in ("base.js", f"{name}.js"))
    checksum = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    template = environment.get_template(f"{name}.html.jinja")
    page = template.render(title=title, data=data, script=script, checksum=checksum)
    with written_file(file) as partial:
        partial.write_text(page, encoding="utf-8", newline="\n")
