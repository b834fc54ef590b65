"""Where a part comes from: an address and, behind a `#`, a revision of what lies there."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from components.runtime.errors import InputError, without_credentials

CONFIGURATION = re.compile(r":([^/:#]+)(?=#|$)")
LOCAL = re.compile(r"[./~]|file://")  # how an address starts that can only be a local folder


@dataclass(frozen=True)
class Source:
    """A place to get a part from."""

    address: str  # URL, Hub id or path, without configuration and revision
    revision: str | None = None  # branch, tag or commit; None for the newest
    folder: Path | None = None  # the local folder that the address names, if it names one
    configuration: str | None = None  # which of a data set's; None for the only one

    def __str__(self) -> str:
        """The source as given, without user name, password or token."""
        configuration = f":{self.configuration}" if self.configuration else ""
        revision = f"#{self.revision}" if self.revision else ""
        return without_credentials(self.address) + configuration + revision


def parse_source(text: str) -> Source:
    """The source that `address` or `address#revision` names.

    A text that is the path of a folder as a whole is that folder, whatever `#` it holds.

    Raises:
        InputError: The address or the revision is empty, a file URL names another machine, or a
            local folder is missing or a file.
    """
    folder = _folder(text)
    if text and folder is not None and folder.is_dir():
        return Source(text, folder=folder)
    address, mark, revision = text.partition("#")
    if not address or (mark and not revision):
        raise InputError(f"not a source: '{without_credentials(text)}', expected ADDRESS#REVISION")
    folder = _folder(address)
    if folder is not None and not folder.is_dir():
        if folder.exists():
            raise InputError(f"{address} is a file: expected a folder")
        if LOCAL.match(address):
            raise InputError(f"no folder at {address}")
        folder = None
    return Source(address, revision or None, folder)


def parse_data_set(text: str) -> Source:
    """The source that `address`, `address:configuration` or either with `#revision` names.

    Raises:
        InputError: As for `parse_source`.
    """
    folder, configuration = _folder(text), CONFIGURATION.search(text)
    if configuration is None or (folder is not None and folder.is_dir()):
        return parse_source(text)
    rest = text[: configuration.start()] + text[configuration.end() :]
    return replace(parse_source(rest), configuration=configuration[1])


def _folder(address: str) -> Path | None:
    """The path that an address stands for; None for the URL of another machine."""
    scheme, mark, rest = address.partition("://")
    if not mark:
        return Path(address).expanduser()
    if scheme != "file":
        return None
    host, _, path = rest.partition("/")
    if host not in ("", "localhost"):
        raise InputError(f"{address} names the machine {host}: expected file:///PATH")
    return Path("/" + unquote(path))
