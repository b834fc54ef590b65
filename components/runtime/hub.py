"""Models and data sets on the Hugging Face Hub, and its errors in one line each."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from components.runtime.errors import InputError, reason

TIMEOUT = 10.0  # seconds without an answer
ID = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")  # `name` or `owner/name`

Kind = Literal["data set", "model"]


@dataclass(frozen=True)
class HubRepository:
    """A data set or model on the Hub at one commit."""

    identifier: str  # `owner/name`
    revision: str  # the commit
    files: tuple[str, ...]  # their names


def hub_repository(identifier: str, *, revision: str | None, kind: Kind) -> HubRepository:
    """A model or data set on the Hub; one request, so that a dead network ends in seconds.

    Args:
        identifier: The id, `owner/name`.
        revision: Branch, tag or commit; None for the newest.
        kind: What is expected there.

    Raises:
        InputError: The id is invalid or unknown to the Hub, this user may not read it, it has no
            such revision, or the Hub cannot be reached.
    """
    from huggingface_hub import HfApi

    if not ID.fullmatch(identifier):
        raise InputError(f"no folder and no id of a {kind} on the Hub: {identifier}")
    request = HfApi().dataset_info if kind == "data set" else HfApi().model_info
    with hub_errors(identifier, revision=revision, kind=kind):
        info = request(identifier, revision=revision, timeout=TIMEOUT)
    assert info.sha is not None
    return HubRepository(
        identifier, info.sha, tuple(file.rfilename for file in info.siblings or ())
    )


@contextmanager
def hub_errors(identifier: str, *, revision: str | None, kind: Kind) -> Iterator[None]:
    """Turns errors of the Hub's client in the block into one line each.

    Raises:
        InputError: The Hub did not give what the block asked for.
    """
    from huggingface_hub import constants, errors

    what = f"{kind} {identifier}"
    try:
        yield
    except errors.OfflineModeIsEnabled:
        raise InputError(f"cannot get the {what}: HF_HUB_OFFLINE forbids the network") from None
    except errors.GatedRepoError:
        raise InputError(
            f"the {what} is gated: accept its terms on its page on the Hub and set HF_TOKEN"
        ) from None
    except errors.RepositoryNotFoundError:
        raise InputError(
            f"no {what} on the Hub (if it is private, set HF_TOKEN), and no folder of this name"
        ) from None
    except errors.RevisionNotFoundError:
        raise InputError(f"no revision {revision} of the {what} on the Hub") from None
    except _unreachable() as error:
        found = _answer(error) or reason(error)
        raise InputError(
            f"cannot get the {what} from {constants.ENDPOINT}: {found}; and no folder of this name"
        ) from None


def _unreachable() -> tuple[type[Exception], ...]:
    """The errors of a network that is gone, whichever library below the client raises them."""
    from huggingface_hub import errors

    # The client's HTTP library has changed its name (httpx, httpx2); the client's own hasn't.
    transport: type[Exception] = errors.HTTPError  # type: ignore[attr-defined]
    download = (errors.XetDownloadError, errors.LocalEntryNotFoundError, errors.HfHubHTTPError)
    return (transport, *download, ConnectionError, TimeoutError)


def _answer(error: BaseException | None) -> str | None:
    """The HTTP answer that an error or what caused it is about, if it is about one."""
    from huggingface_hub.errors import HfHubHTTPError

    while error is not None and not isinstance(error, HfHubHTTPError):
        error = error.__cause__ or error.__context__
    return f"the Hub answered {error.response.status_code}" if error else None
