"""Throughput, use of limits, and safety of the tagger that asks a language model.

    python -m benchmarks.tagging

A local endpoint answers each call after 200 ms. Prints a Markdown table: how many times as fast as
one call at a time 10,000 words of the published profile are tagged, and the memory that it takes;
the share of an allowed rate that is used while 5 % of calls are answered 429 and 2 % 500; and what
`kill -9` at random moments loses. Exits with 1 where a bound does not hold.
"""

import asyncio
import contextlib
import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.measuring import machine, print_row
from components.formats.params import LanguageModel
from components.formats.terms import TaggedTerm, Vocabulary
from components.language_model.journal import Journal
from components.runtime.command_line import run
from components.term_tagging.language_model import PublishedProfile, language_model_tags

LATENCY = 0.2  # seconds
RATE_LIMITED, BROKEN = 0.05, 0.02  # shares of calls
SPEED_UP, MEMORY_MB, USED = 150, 300, 0.95  # the bounds
FORKED = multiprocessing.get_context("fork")  # a child that is killed has nothing to import


class Server(asyncio.Protocol):
    """One connection to the endpoint; what all of them share are the class's attributes.

    Attributes:
        asked: How often each word was asked since the last report.
        times: Times of all calls.
        faulty: Whether some calls are answered 429 and 500.
    """

    asked: ClassVar[Counter[str]] = Counter()
    times: ClassVar[list[float]] = []
    faulty = False
    draw = random.Random(1)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins with an empty request."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.content = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answers each whole request."""
        self.content += data
        while (end := self.content.find(b"\r\n\r\n")) >= 0:
            head = self.content[:end].decode().lower()
            length = int(head.partition("content-length:")[2].split("\r\n")[0] or 0)
            if len(self.content) < end + 4 + length:
                return
            body = self.content[end + 4 : end + 4 + length]
            self.content = self.content[end + 4 + length :]
            self.answer(head, body)

    def answer(self, head: str, body: bytes) -> None:
        """Answers one request: a call after the latency, others at once."""
        if head.startswith("get /asked"):
            self.send(200, {"asked": self.asked, "times": self.times})
            self.asked.clear()
            self.times.clear()
            return
        if not head.startswith("post"):
            self.send(404, {})
            return
        self.times.append(time.monotonic())
        chance = self.draw.random() if self.faulty else 1.0
        status = 429 if chance < RATE_LIMITED else 500 if chance < RATE_LIMITED + BROKEN else 200
        word = json.loads(body)["messages"][0]["content"].split("'")[1]
        if status == 200:
            self.asked[word] += 1
        answer = {
            "model": "tiny-1",
            "choices": [{"message": {"content": tag_of(word)}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 30, "completion_tokens": 1},
        }
        asyncio.get_running_loop().call_later(LATENCY, self.send, status, answer)

    def send(self, status: int, answer: dict[str, Any]) -> None:
        """Writes an answer."""
        body = json.dumps(answer)
        wait = "retry-after: 1\r\n" if status == 429 else ""
        head = f"HTTP/1.1 {status} -\r\ncontent-type: application/json\r\n{wait}content-length: "
        self.transport.write(f"{head}{len(body)}\r\n\r\n{body}".encode())


def tag_of(word: str) -> str:
    """What the endpoint answers about a word."""
    return "yes" if sum(word.encode()) % 4 == 0 else "no"


@contextlib.contextmanager
def endpoint(*, faulty: bool = False) -> Iterator[str]:
    """The URL of an endpoint in a process of its own."""
    receiver, sender = FORKED.Pipe(duplex=False)
    process = FORKED.Process(target=_serve, args=(sender, faulty), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{receiver.recv()}/v1"
    finally:
        process.kill()
        process.join()


def _serve(sender: Any, faulty: bool) -> None:  # noqa: ANN401
    async def forever() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Server, "127.0.0.1", 0, backlog=2000)
        sender.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    Server.faulty = faulty
    asyncio.run(forever())


def report(url: str) -> dict[str, Any]:
    """What was asked since the last report."""
    with urllib.request.urlopen(url.removesuffix("/v1") + "/asked") as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
    return found


def tag(
    url: str,
    *,
    state: Path,
    num_words: int,
    **limits: Any,  # noqa: ANN401
) -> dict[Vocabulary, list[TaggedTerm]]:
    """Tags made-up words, half of them in each vocabulary, by the published profile."""
    words = [f"word{number}" for number in range(num_words)]
    half = num_words // 2
    tags, _ = language_model_tags(
        {"pretrained": words[:half], "domain": words[half:]},
        texts={},
        profile=PublishedProfile("neuroscience"),
        endpoint=url,
        model="tiny",
        limits=LanguageModel(**limits),
        state=state,
    )
    return tags


def speed(folder: Path, *, num_words: int, concurrency: int) -> tuple[float, float]:
    """How many times as fast as one at a time, and peak memory in MB."""
    with endpoint() as url:
        begun = time.monotonic()
        tag(url, state=folder / "one", num_words=50, concurrency=1)
        one = (time.monotonic() - begun) / 50
        begun = time.monotonic()
        tags = tag(url, state=folder / "many", num_words=num_words, concurrency=concurrency)
        seconds = time.monotonic() - begun
    assert all(each.tag == tag_of(each.term) for some in tags.values() for each in some)
    print(f"one at a time {1 / one:.2f} words/s, together {num_words / seconds:.1f} words/s")
    return one * num_words / seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def used_rate(folder: Path, *, per_minute: int, seconds: int) -> float:
    """Share of an allowed rate of calls that is used, while some calls fail."""
    with endpoint(faulty=True) as url:
        tag(
            url,
            state=folder / "limited",
            num_words=per_minute * seconds // 60,
            requests_per_minute=per_minute,
            concurrency=256,
        )
        times = report(url)["times"]
    sent = sum(each < times[0] + seconds for each in times)  # later ones are the last attempts
    return float(sent * 60 / (per_minute * seconds))


def killed(folder: Path, *, kills: int, num_words: int, seed: int = 1) -> tuple[int, int, int]:
    """Kills a run again and again.

    Args:
        folder: Where to keep the journals.
        kills: How often.
        num_words: Words to tag.
        seed: Random seed of the moments.

    Returns:
        Number of kills, of journalled answers that were lost, and of those asked again.

    Raises:
        SystemExit: The tags are not those of an uninterrupted run.
    """
    draw, done, lost, twice = random.Random(seed), 0, 0, 0
    kept: set[str] = set()
    with endpoint(faulty=True) as url:
        state, given = folder / "killed", {"num_words": num_words, "concurrency": 16}
        while done < kills:
            child = FORKED.Process(target=tag, args=(url,), kwargs={"state": state, **given})
            child.start()
            child.join(draw.uniform(0.05, 1.5))
            if child.exitcode is None:
                child.kill()
                done += 1
            child.join()
            asked = report(url)["asked"]
            found = {
                key
                for place in state.iterdir()
                for each in Journal(place).entries
                for key in each.answers
            }
            lost += len(kept - found)
            twice += sum(count for key in kept if (count := asked.get(key.split()[1], 0)))
            kept = found
            if child.exitcode == 0:
                state, kept = folder / f"killed-{done}", set()
                state.mkdir(exist_ok=True)
        tags = tag(url, state=state, **given)
    with endpoint() as url:
        if tags != tag(url, state=folder / "whole", num_words=num_words, concurrency=256):
            sys.exit("the tags of a killed run differ from those of a whole one")
    return done, lost, twice


def tagging(
    *,
    num_words: int = 10_000,
    concurrency: int = 256,
    per_minute: int = 3_000,
    seconds: int = 60,
    kills: int = 100,
) -> None:
    """Prints the table.

    Args:
        num_words: Words of the measurement of speed.
        concurrency: Calls at the same time.
        per_minute: Allowed calls a minute, of the measurement of limits.
        seconds: Its length.
        kills: How often a run is killed.

    Raises:
        SystemExit: A bound does not hold; with 1.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{machine()}\n")
        factor, memory = speed(folder, num_words=num_words, concurrency=concurrency)
        used = used_rate(folder, per_minute=per_minute, seconds=seconds)
        done, lost, twice = killed(folder, kills=kills, num_words=2_000)
    rows = [
        ("times as fast as one call at a time", f"{factor:.0f}", factor >= SPEED_UP),
        ("peak memory, MB", f"{memory:.0f}", memory < MEMORY_MB),
        ("share of the allowed rate that is used", f"{used:.3f}", used >= USED),
        (f"answers lost in {done} kills", str(lost), not lost),
        (f"answers asked twice in {done} kills", str(twice), not twice),
    ]
    print("\n| measured | value | bound holds |\n|---|---|---|")
    for what, value, holds in rows:
        print_row(what, value, "yes" if holds else "NO")
    sys.exit(not all(holds for _, _, holds in rows))


if __name__ == "__main__":
    run(tagging)
