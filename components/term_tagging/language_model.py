"""Tags by a language model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from components.formats.params import LanguageModel
from components.formats.terms import LanguageModelUse, Tag, TaggedTerm, Vocabulary
from components.language_model.asking import ask_all
from components.runtime.errors import InputError
from components.term_tagging.profiles import BatchedProfile, PublishedProfile


@dataclass(frozen=True)
class LanguageModelTagger:
    """A language model behind an endpoint, asked by a profile.

    Attributes:
        endpoint: Base URL of the endpoint.
        model: The model's name there.
        profile: How it is asked.
        limits: Its limits and prices.
        state: Folder of the journals of answers.
    """

    endpoint: str
    model: str
    profile: PublishedProfile | BatchedProfile
    limits: LanguageModel
    state: Path

    def tags(
        self, terms: Mapping[Vocabulary, Sequence[str]], *, texts: Mapping[str, str]
    ) -> tuple[dict[Vocabulary, list[TaggedTerm]], LanguageModelUse]:
        """Each vocabulary's tags, and what they cost.

        Terms to which the model gave no answer that can be read have no tag.

        Args:
            terms: Each vocabulary's terms.
            texts: What each term stands for, as text.

        Raises:
            InputError: There are no terms, the endpoint gives no answers, the ceiling of the cost
                is reached, or another model than before answers.
        """
        questions = self.profile.questions(terms, texts=texts)
        if not questions:
            raise InputError("no terms to tag: expected vocabularies with words of letters a to z")
        answers, use = ask_all(
            questions,
            profile=self.profile,
            endpoint=self.endpoint,
            model=self.model,
            limits=self.limits,
            state=self.state,
        )
        if strange := set(answers.values()) - {*get_args(Tag)}:
            raise InputError(f"tag {min(strange)!r} in {self.state}: expected yes, no or filtered")
        tags = {
            name: [
                TaggedTerm(term, None, None, None, cast("Tag", answers[key]))
                for term in some
                if (key := self.profile.key(name, term)) in answers
            ]
            for name, some in terms.items()
        }
        return tags, use
