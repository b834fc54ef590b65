"""Asking a language model: questions go in, answers come out, and nothing is asked twice."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from components.formats.params import LanguageModel
from components.formats.terms import LanguageModelUse, TokenUsage
from components.language_model.batch import FILE as BATCH_FILE
from components.language_model.batch import LARGEST, collect, new_submission, submit, under_way
from components.language_model.costs import Budget, cost, describe, estimate_call
from components.language_model.endpoint import ATTEMPTS, Endpoint, UnsupportedError
from components.language_model.event_loop import run_calls
from components.language_model.journal import Entry, Journal, open_journal
from components.language_model.profile import FILTERED, Profile, Question
from components.language_model.reply import Reply
from components.runtime.errors import InputError
from components.runtime.progress import Progress

SHOWN = 120  # characters of an answer that could not be read
HOPELESS = 50  # calls without one answer that could be read, after which no more are made


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
        answers, keys = journal_answers(journal), {each.key for each in questions}
        calls = [each for each in journal.entries if not keys.isdisjoint(each.asked)]
        usage = sum((each.usage for each in calls), start=TokenUsage())
        use = LanguageModelUse(
            model=journal.model,
            asked=model,
            profile=profile.name,
            num_calls=len(calls),
            num_unanswered=len(keys - answers.keys()),
            usage=usage,
            cost=cost(usage, limits),
        )
    return answers, use


def journal_answers(journal: Journal) -> dict[str, str]:
    """The answers of a journal, by key."""
    return {key: answer for entry in journal.entries for key, answer in entry.answers.items()}


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
        self.budget = Budget(self.limits, journal.usage)
        # The model's lack of a parameter is known from the first answer on.
        self.without = set(journal.entries[0].without) if journal.entries else set[str]()
        self.num_answered = sum(len(entry.answers) for entry in journal.entries)

    async def finish(self) -> None:
        """Asks until every question has an answer or has been in every round."""
        if any(self.remaining(each) for each in self.rounds):
            await self._ask_all()
        if not self.num_answered:
            raise InputError(self._unread())

    async def _ask_all(self) -> None:
        print(self._estimate(), file=sys.stderr)  # noqa: T201
        profile, total = self.profile, len(self.questions)
        done = self._num_done()
        async with Endpoint(self.url, model=self.model, limits=self.limits) as self.endpoint:
            await self.endpoint.check()
            with Progress(
                profile.action, total=total, unit=profile.unit, done=done
            ) as self.progress:
                for number in self.rounds:
                    await self._ask_round(number)

    def _num_done(self) -> int:
        answers = journal_answers(self.journal)
        return sum(each.key in answers for each in self.questions)

    @property
    def rounds(self) -> range:
        """Numbers of the rounds, from 1."""
        return range(1, 1 + len(self.profile.per_call))

    def remaining(self, number: int) -> list[list[Question]]:
        """The calls of a round that are still to be made.

        Args:
            number: The round's number; the rounds before are complete.
        """
        entries = self.journal.entries
        asked = {
            each: {key for entry in entries if entry.round == each for key in entry.asked}
            for each in (number - 1, number)
        }
        answered = {key for entry in entries if entry.round < number for key in entry.answers}
        due = [
            each
            for each in self.questions
            if each.key not in answered and (number == 1 or each.key in asked[number - 1])
        ]
        size = self.profile.per_call[number - 1]
        calls = (due[start : start + size] for start in range(0, len(due), size))
        return [each for each in calls if each[0].key not in asked[number]]

    async def _ask_round(self, number: int) -> None:
        calls = iter(self.remaining(number))
        handed_in = self.limits.batch and under_way(self.journal.folder)
        if not handed_in and (first := next(calls, None)):  # alone: it tells what the model takes
            await self._ask(first, number, first=True)
        if self.limits.batch:
            await self._ask_batches(number)
            return
        workers = [self._work(calls, number) for _ in range(self.limits.concurrency)]
        tasks = [asyncio.create_task(each) for each in workers]
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
        folder, known = self.journal.folder, {each.key: each for each in self.questions}
        for _ in range(ATTEMPTS):
            found = under_way(folder)
            if found is None or found.round != number:
                if not (calls := self.remaining(number)):
                    return
                calls = [
                    each for each in calls[:LARGEST] if self.budget.allows(self._cost_of(each))
                ]
                if not calls:
                    raise InputError(self._stopped())
                found = new_submission(number, [[each.key for each in some] for some in calls])
            calls = [[known[key] for key in keys] for keys in found.calls]
            bodies = [
                {
                    "model": self.model,
                    "messages": self.profile.messages(each),
                    **self._parameters(),
                }
                for each in calls
            ]
            if not found.id:
                found = await submit(self.endpoint, folder, bodies, found)
            replies = await collect(self.endpoint, found)
            asked = {k for each in self.journal.entries if each.round == number for k in each.asked}
            for index, reply in replies.items():
                if calls[index][0].key not in asked:  # an interrupted run has taken some
                    self._record(calls[index], number, reply)
            self.budget = Budget(self.limits, self.journal.usage)
            (folder / BATCH_FILE).unlink()
        if self.remaining(number):
            raise InputError(f"calls of {ATTEMPTS} batches in a row failed: start again later")

    def _cost_of(self, questions: Sequence[Question]) -> TokenUsage:
        return self._expected(self.profile.messages(questions), len(questions))

    async def _work(self, calls: Iterator[list[Question]], number: int) -> None:
        for questions in calls:
            await self._ask(questions, number)

    async def _ask(self, questions: list[Question], number: int, *, first: bool = False) -> None:
        """Makes one call and journals its answers."""
        messages = self.profile.messages(questions)
        expected = self._expected(messages, len(questions))
        if not self.budget.allows(expected):
            raise InputError(self._stopped())
        tokens = expected.prompt_tokens + expected.completion_tokens
        while True:
            body: dict[str, Any] = {"messages": messages, **self._parameters()}
            try:
                reply = await self.endpoint.ask(body, tokens=tokens, first=first)
                break
            except UnsupportedError as error:
                self.without.add(error.parameter)
        self.budget.settle(expected, reply.usage)
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
                without=sorted(self.without),
            )
        )
        self.num_answered += len(answers)
        self.progress.advance(len(answers), note=self.budget.note())
        if not self.num_answered and len(self.journal.entries) >= HOPELESS:
            raise InputError(self._unread())

    def _parameters(self) -> dict[str, Any]:
        given = self.profile.parameters.items()
        return {name: value for name, value in given if name not in self.without}

    def _expected(self, messages: Sequence[dict[str, str]], num_questions: int) -> TokenUsage:
        answer_tokens = num_questions * self.profile.answer_tokens
        return estimate_call(messages, answer_tokens=answer_tokens)

    def _estimate(self) -> str:
        """What is still to be asked in the first round, in one line."""
        calls = self.remaining(1)
        usage = sum((self._cost_of(each) for each in calls), start=TokenUsage())
        told = describe(usage, num_calls=len(calls), name=self.model, model=self.limits)
        before = f"{len(self.journal.entries):,} earlier calls are kept; "
        return (before if self.journal.entries else "") + told

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
