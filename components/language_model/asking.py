"""Asking a language model: questions go in, answers come out, and nothing is asked twice."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from components.formats.params import LanguageModel
from components.formats.terms import LanguageModelUse, TokenUsage
from components.language_model import batch
from components.language_model.endpoint import ATTEMPTS, Endpoint
from components.language_model.event_loop import run_calls
from components.language_model.journal import Entry, Journal, open_journal
from components.language_model.profile import FILTERED, Profile, Question
from components.language_model.reply import Reply
from components.runtime.errors import InputError
from components.runtime.progress import Progress

SHOWN = 120  # characters of an answer that could not be read
HOPELESS = 50  # calls without one answer that could be read, after which no more are made
BYTES_PER_TOKEN = 3  # of prompts in English with fragments of words; prose has about 4
MILLION = 1e6


def ask_all(
    questions: Sequence[Question],
    *,
    profile: Profile,
    endpoint: str,
    model: str,
    limits: LanguageModel,
    state: Path,
) -> tuple[dict[str, str], LanguageModelUse]:
    """The answers by the question's key, and what they cost.

    A question to which the model gave no answer that can be read has none; one that it refused
    has the answer `filtered`.

    Args:
        questions: At least one.
        profile: How they are asked.
        endpoint: Base URL of the endpoint.
        model: The model's name there.
        limits: Its limits and prices.
        state: Folder of the journals of answers.

    Raises:
        InputError: The endpoint gives no answers, the ceiling of the cost is reached, or another
            model than before answers.
    """
    asked = {
        "model": model,
        "profile": profile.name,
        "messages": profile.messages([Question("", "")]),
        "terms_per_call": list(profile.per_call),  # its name in journals that exist
        "parameters": dict(profile.parameters),
    }
    with open_journal(state, asked) as journal:
        run_calls(_Run(questions, profile, endpoint, model, limits, journal).finish())
        answers, keys = journal.answers(), {each.key for each in questions}
        calls = [each for each in journal.entries if not keys.isdisjoint(each.asked)]
        usage = sum((each.usage for each in calls), start=TokenUsage())
        use = LanguageModelUse(
            model=journal.model,
            asked=model,
            profile=profile.name,
            num_calls=len(calls),
            num_unanswered=len(keys - answers.keys()),
            usage=usage,
            cost=_cost(usage, limits),
        )
    return answers, use


class _Run:
    """One run: asks what the journal lacks, round by round.

    A round's calls follow from the answers of the rounds before, so a run that continues another
    makes the calls that the other one would have made.
    """

    def __init__(
        self,
        questions: Sequence[Question],
        profile: Profile,
        url: str,
        model: str,
        limits: LanguageModel,
        journal: Journal,
    ) -> None:
        self.questions, self.profile, self.journal = questions, profile, journal
        self.url, self.model, self.limits = url, model, limits
        self.keys = {each.key for each in questions}
        self.rounds = range(1, 1 + len(profile.per_call))
        self.under_way = TokenUsage()  # what calls are expected to cost that are not answered yet

    async def finish(self) -> None:
        """Asks until every question has an answer or has been in every round."""
        if any(self.remaining(each) for each in self.rounds):
            print(self._estimate(), file=sys.stderr)  # noqa: T201
            given, entries = dict(self.profile.parameters), self.journal.entries
            for name in entries[0].without if entries else ():  # known from the first answer on
                given.pop(name, None)
            self.endpoint = Endpoint(
                self.url, model=self.model, limits=self.limits, parameters=given
            )
            async with self.endpoint.client:
                await self.endpoint.check()
                await self._ask_rounds()
        if not self._any_answers():
            raise InputError(self._unread())

    def remaining(self, number: int) -> list[list[Question]]:
        """The calls of a round that are still to be made; the rounds before are complete."""
        done: set[str] = set()
        for entry in self.journal.entries:
            if entry.round == number:
                done.update(entry.asked)
            elif entry.round < number:
                done.update(entry.answers)
        due = [each for each in self.questions if each.key not in done]
        size = self.profile.per_call[number - 1]
        return [due[start : start + size] for start in range(0, len(due), size)]

    async def _ask_rounds(self) -> None:
        action, unit, total = self.profile.action, self.profile.unit, len(self.questions)
        done = self._num_done()
        with Progress(action, total=total, unit=unit, done=done) as self.progress:
            resumed = await self._finish_batch()
            for number in self.rounds:
                calls = iter(self.remaining(number))
                if not resumed and (first := next(calls, None)):
                    await self._ask(first, number, first=True)  # tells what the model takes
                if self.limits.batch:
                    await self._ask_batches(number)
                else:
                    await self._ask_together(calls, number)

    async def _ask_together(self, calls: Iterator[list[Question]], number: int) -> None:
        async def work() -> None:
            for questions in calls:
                await self._ask(questions, number)

        tasks = [asyncio.create_task(work()) for _ in range(self.limits.concurrency)]
        try:
            await asyncio.gather(*tasks)
        finally:
            # Calls under way are paid for: after an error elsewhere, their answers are kept.
            for _ in calls:
                pass
            _, late = await asyncio.wait(tasks, timeout=self.limits.timeout)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask_batches(self, number: int) -> None:
        """Makes the calls of a round by the Batch API; what fails in a batch goes into another."""
        for _ in range(ATTEMPTS):
            if not (calls := self.remaining(number)[: batch.LARGEST]):
                return
            fitting = [each for each in calls if self._reserve(self._expected(each))]
            if not fitting:
                raise InputError(self._stopped())
            batch.prepare(self.journal.folder, number, fitting)
            await self._finish_batch()
            self.under_way = TokenUsage()
        if self.remaining(number):
            failed = f"calls of {ATTEMPTS} batches in a row failed: start again later"
            raise InputError(self._stopped() if len(fitting) < len(calls) else failed)

    async def _finish_batch(self) -> bool:
        """Journals the answers of the batch that is under way; whether there was one.

        It may hold questions that are no longer asked: they are paid for, so they are kept.

        Raises:
            InputError: Somebody has cancelled it, and does not want its calls made at once, or
                every call failed.
        """
        folder = self.journal.folder
        if (handed_in := batch.under_way(folder)) is None:
            return False
        if not handed_in.id:
            bodies = [self.endpoint.body(self.profile.messages(each)) for each in handed_in.calls]
            handed_in = await batch.submit(self.endpoint, folder, bodies, handed_in)
        outcome = await batch.collect(self.endpoint, folder, handed_in)
        entries = [each for each in self.journal.entries if each.round == handed_in.round]
        known = {key for each in entries for key in each.asked}  # of a run that was interrupted
        for index, reply in outcome.replies.items():
            questions = handed_in.calls[index]
            if questions[0].key not in known:
                self._record(questions, handed_in.round, reply)
        (folder / batch.FILE).unlink()
        if outcome.cancelled:
            raise InputError(
                f"batch {handed_in.id} was cancelled: {len(outcome.replies):,} of"
                f" {len(handed_in.calls):,} answers are kept; start again to ask for the others"
            )
        if outcome.failure and not outcome.replies:
            raise InputError(f"no call of batch {handed_in.id} was answered: {outcome.failure}")
        return True

    async def _ask(self, questions: list[Question], number: int, *, first: bool = False) -> None:
        """Makes one call and journals its answers."""
        expected = self._expected(questions)
        if not self._reserve(expected):
            raise InputError(self._stopped())
        tokens = expected.prompt_tokens + expected.completion_tokens
        messages = self.profile.messages(questions)
        reply = await self.endpoint.ask(messages, tokens=tokens, first=first)
        self.under_way -= expected
        self._record(questions, number, reply)

    def _record(self, questions: list[Question], number: int, reply: Reply) -> None:
        """Journals the answers of one call."""
        answers = dict(self.profile.answers(reply.text, questions=questions))
        if reply.refused:
            answers = {questions[0].key: FILTERED} if len(questions) == 1 else {}
        unread = "" if len(answers) == len(questions) or reply.refused else reply.text[:SHOWN]
        self.journal.append(
            Entry(
                round=number,
                asked=[each.key for each in questions],
                answers=answers,
                model=reply.model,
                usage=reply.usage,
                unread=unread,
                without=sorted(self.profile.parameters.keys() - self.endpoint.parameters.keys()),
            )
        )
        self.progress.advance(len(self.keys & answers.keys()), note=self._spent())
        if len(self.journal.entries) >= HOPELESS and not self._any_answers():
            raise InputError(self._unread())

    def _reserve(self, expected: TokenUsage) -> bool:
        """Whether another call fits under the ceiling of the cost; if so, it is under way."""
        cost = _cost(self.journal.usage + self.under_way + expected, self.limits)
        ceiling = self.limits.most_cost
        if cost is not None and ceiling is not None and cost > ceiling:
            return False
        self.under_way += expected
        return True

    def _expected(self, questions: Sequence[Question]) -> TokenUsage:
        """Tokens to expect of a call; of its answers no fewer than those so far had on average.

        A model that reasons needs many times those of the answer alone.
        """
        so_far = self.journal.usage.completion_tokens / max(self.journal.num_asked, 1)
        messages = self.profile.messages(questions)
        size = sum(len(each["content"].encode()) for each in messages)
        return TokenUsage(
            prompt_tokens=size // BYTES_PER_TOKEN + 8,
            completion_tokens=4 + round(len(questions) * max(self.profile.answer_tokens, so_far)),
        )

    def _any_answers(self) -> bool:
        return any(entry.answers for entry in self.journal.entries)

    def _num_done(self) -> int:
        answers = self.journal.answers()
        return sum(each.key in answers for each in self.questions)

    def _estimate(self) -> str:
        """What is still to be asked in the first round, in one line."""
        calls, earlier = self.remaining(1), len(self.journal.entries)
        usage = sum(map(self._expected, calls), start=TokenUsage())
        price = _cost(usage, self.limits)
        money = f"price unknown (no prices of {self.model})"
        if price is not None:
            money = f"about {price:.2f} at the prices of {self.limits.priced}"
        return (
            (f"{earlier:,} earlier calls are kept; " if earlier else "")
            + f"{len(calls):,} calls to {self.model}: about {usage.prompt_tokens:,} tokens of"
            f" prompts and {usage.completion_tokens:,} of answers, {money}"
        )

    def _spent(self) -> str:
        """What has been spent, for the progress line."""
        usage = self.journal.usage
        tokens = f"{usage.prompt_tokens:,} + {usage.completion_tokens:,} tokens"
        cost = _cost(usage, self.limits)
        return tokens if cost is None else f"{tokens}, cost {cost:.2f}"

    def _stopped(self) -> str:
        return (
            f"stopped below the ceiling of {self.limits.most_cost} for {self.model}:"
            f" {self._num_done():,} of {len(self.questions):,} answers are kept;"
            " raise most_cost and start again to go on"
        )

    def _unread(self) -> str:
        answers = [entry.unread for entry in self.journal.entries if entry.unread]
        shown = f", {answers[-1]!r} say" if answers else ""
        return (
            f"none of {len(self.journal.entries):,} answers of"
            f" {self.journal.model or self.model} can be read{shown}: expected"
            f" {self.profile.expected}"
        )


def _cost(usage: TokenUsage, model: LanguageModel) -> float | None:
    """Price of calls; None where the prices are unknown."""
    if model.priced is None:
        return None
    fresh = usage.prompt_tokens - usage.cached_tokens
    return (
        fresh * model.input_price
        + usage.cached_tokens * model.cached_price
        + usage.completion_tokens * model.output_price
    ) / MILLION
