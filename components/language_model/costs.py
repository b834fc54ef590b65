"""Costs of asking a language model: an estimate before, a ceiling while it runs."""

from collections.abc import Sequence

from components.formats.params import LanguageModel
from components.formats.terms import TokenUsage

BYTES_PER_TOKEN = 3  # of prompts in English with fragments of words; prose has about 4
MILLION = 1e6


def estimate_call(messages: Sequence[dict[str, str]], *, answer_tokens: int) -> TokenUsage:
    """Tokens to expect of a call.

    Args:
        messages: Its messages.
        answer_tokens: Tokens of the answers.
    """
    size = sum(len(each["content"].encode()) for each in messages)
    return TokenUsage(
        prompt_tokens=size // BYTES_PER_TOKEN + 8,
        completion_tokens=answer_tokens + 4,
    )


def cost(usage: TokenUsage, model: LanguageModel) -> float | None:
    """Price of calls; None where the prices are unknown."""
    if model.priced is None:
        return None
    fresh = usage.prompt_tokens - usage.cached_tokens
    return (
        fresh * model.input_price
        + usage.cached_tokens * model.cached_price
        + usage.completion_tokens * model.output_price
    ) / MILLION


def describe(usage: TokenUsage, *, num_calls: int, name: str, model: LanguageModel) -> str:
    """What is to be expected of calls, in one line.

    Args:
        usage: Their tokens.
        num_calls: Their number.
        name: The model's name.
        model: Its limits and prices.
    """
    tokens = f"{usage.prompt_tokens:,} tokens of prompts and {usage.completion_tokens:,} of answers"
    price = cost(usage, model)
    money = f"price unknown (no prices of {name})"
    if price is not None:
        money = f"about {price:.2f} at the prices of {model.priced}"
    return f"{num_calls:,} calls to {name}: about {tokens}, {money}"


class Budget:
    """The ceiling of a run's cost; calls under way count with what they are expected to cost.

    Args:
        model: Limits and prices.
        spent: Tokens of earlier runs.
    """

    def __init__(self, model: LanguageModel, spent: TokenUsage) -> None:
        self._model = model
        self._spent = spent
        self._under_way = TokenUsage()

    def allows(self, expected: TokenUsage) -> bool:
        """Whether another call fits under the ceiling; if so, it is under way."""
        total = cost(self._spent + self._under_way + expected, self._model)
        ceiling = self._model.most_cost
        if total is not None and ceiling is not None and total > ceiling:
            return False
        self._under_way += expected
        return True

    def settle(self, expected: TokenUsage, used: TokenUsage) -> None:
        """Counts what a call has cost instead of what was expected."""
        self._under_way -= expected
        self._spent += used

    def note(self) -> str:
        """What has been spent, for the progress line."""
        usage = self._spent
        tokens = f"{usage.prompt_tokens:,} + {usage.completion_tokens:,} tokens"
        money = cost(usage, self._model)
        return tokens if money is None else f"{tokens}, cost {money:.2f}"
