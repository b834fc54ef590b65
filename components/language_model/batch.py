"""The Batch API: many calls handed in together and answered within a day, at a lower price."""

import asyncio
import json
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import openai
from openai.types import Batch

from components.formats.json_file import read_json, write_record
from components.language_model.endpoint import Endpoint, is_filter
from components.language_model.profile import Question
from components.language_model.reply import REFUSAL, Reply, read_reply
from components.runtime.errors import InputError

FILE = "batch.json"  # beside a journal: the batch that is under way
PATH: Literal["/v1/chat/completions"] = "/v1/chat/completions"
POLL_SECONDS = 30.0
PATIENCE = 20  # polls in a row that may fail
LARGEST = 50_000  # calls of a batch
UNFINISHED = ("validating", "in_progress", "finalizing", "cancelling")


@dataclass(frozen=True)
class Submission:
    """A batch that is under way."""

    token: str  # what it carries as metadata: it is found by that where `id` was not written
    id: str  # the endpoint's; empty while it is being submitted
    round: int  # that its calls belong to
    calls: list[list[Question]]  # the questions of each


class BatchOutcome(NamedTuple):
    """What came out of a batch."""

    replies: dict[int, Reply]  # by the number of the call; those that failed have none
    cancelled: bool  # whether somebody has cancelled it
    failure: str  # what the endpoint says of a call that failed; empty where none has


def under_way(folder: Path) -> Submission | None:
    """The batch that an interrupted run has left.

    Raises:
        InputError: The file is damaged.
    """
    return read_json(folder / FILE, Submission) if (folder / FILE).exists() else None


async def submit(
    endpoint: Endpoint, folder: Path, bodies: Sequence[Mapping[str, Any]], submission: Submission
) -> Submission:
    """Submits a batch of calls (`bodies`); returns it with its id.

    A batch that has arrived, though its id was not written, is not submitted twice.

    Raises:
        InputError: The endpoint refuses it.
    """
    lines = [
        {"custom_id": str(number), "method": "POST", "url": PATH, "body": dict(body)}
        for number, body in enumerate(bodies)
    ]
    content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    try:
        with endpoint.errors():
            async for found in endpoint.client.batches.list():
                if (found.metadata or {}).get("token") == submission.token:
                    break
            else:
                file = await endpoint.client.files.create(
                    file=("calls.jsonl", content), purpose="batch"
                )
                found = await endpoint.client.batches.create(
                    input_file_id=file.id,
                    endpoint=PATH,
                    completion_window="24h",
                    metadata={"token": submission.token},
                )
    except openai.NotFoundError:
        (folder / FILE).unlink()
        raise InputError(f"{endpoint.url} has no Batch API (404): expected batch: false") from None
    submission = replace(submission, id=found.id)
    write_record(folder / FILE, submission)
    return submission


def prepare(folder: Path, number: int, calls: list[list[Question]]) -> None:
    """Records the calls of a round as the batch that is to be submitted."""
    write_record(folder / FILE, Submission(uuid.uuid4().hex, "", number, calls))


async def collect(endpoint: Endpoint, folder: Path, submission: Submission) -> BatchOutcome:
    """What came out of a batch, once it has ended.

    Raises:
        InputError: The endpoint does not know the batch, or refused it as a whole: then nothing is
            paid for, and it is under way no more.
    """
    try:
        with endpoint.errors():
            batch = await _ended(endpoint, submission)
            files = filter(None, (batch.output_file_id, batch.error_file_id))
            contents = [(await endpoint.client.files.content(each)).content for each in files]
    except openai.NotFoundError:
        raise InputError(
            f"no batch {submission.id} at {endpoint.url}, or no answers of it (404): remove"
            f" {folder / FILE} to hand in its calls anew"
        ) from None
    if batch.status == "failed":
        (folder / FILE).unlink()
        found = [each.message for each in (batch.errors and batch.errors.data) or []]
        said = endpoint.clean(str(found[0])) if found else "no reason given"
        raise InputError(f"batch {batch.id} failed: {said}")
    replies: dict[int, Reply] = {}
    failure = ""
    for line in b"\n".join(contents).splitlines():  # of bytes: a text has more line breaks
        try:
            row = json.loads(line)
            number, reply = int(row["custom_id"]), _reply(row["response"], where=endpoint.url)
        except (ValueError, KeyError, TypeError, AttributeError, InputError):
            continue  # a call without a reply is asked again
        if isinstance(reply, str):
            failure = endpoint.clean(reply)
        elif number in range(len(submission.calls)):
            replies[number] = reply
    return BatchOutcome(replies, batch.status == "cancelled", failure)


def _reply(response: Mapping[str, Any], *, where: str) -> Reply | str:
    """The reply to a call of a batch, or what the endpoint says of its failure."""
    body = json.dumps(response["body"])
    if response["status_code"] == 200:
        return read_reply(body, where=where)
    if is_filter(body):
        return REFUSAL
    said = (response["body"].get("error") or {}).get("message") or body
    return f"{response['status_code']}: {said}"


async def _ended(endpoint: Endpoint, submission: Submission) -> Batch:
    """The batch once it has ended, which may take a day; says so when its status changes."""
    failed, status = 0, ""
    while True:
        try:
            batch = await endpoint.client.batches.retrieve(submission.id)
        except (openai.APIConnectionError, openai.InternalServerError, openai.RateLimitError):
            failed += 1
            if failed == PATIENCE:
                raise
        else:
            failed = 0
            if batch.status != status:
                status = batch.status
                said = f"batch {batch.id} of {len(submission.calls):,} calls: {status}"
                print(said, file=sys.stderr, flush=True)  # noqa: T201
            if status not in UNFINISHED:
                return batch
        await asyncio.sleep(POLL_SECONDS)
