"""What each section of the report found, in a sentence or two that follow from the numbers."""

from components.figures import wording
from components.figures.headline import main_variant
from components.figures.memorisation_figure import clean_in_words, enough_clean
from components.figures.results import Results
from components.formats.statistics import SIGNIFICANCE


def of_differences(results: Results) -> str:
    """Which variants are equivalent to people, and which pairs of variants differ."""
    verdicts = {name: each.verdict for name, each in results.human.against_people.items()}
    equal = [name for name, each in verdicts.items() if each == "equivalent"]
    beyond = [name for name, each in verdicts.items() if each == "beyond the margin"]
    margin, experts = wording.margin(results.study.margin), results.field.experts.lower()
    told = f"Within ±{margin} points, equivalent to {experts}: {wording.listing(equal) or 'none'}."
    told += f" Beyond that margin: {wording.listing(beyond)}." if beyond else ""
    pairs = results.human.comparisons
    if not pairs:
        return told
    apart = [f"{each.one} and {each.other}" for each in pairs if each.holm_p_value < SIGNIFICANCE]
    many = wording.count(len(pairs), "pair")
    return f"{told} Of {many} of variants, {_many(len(apart))} at 5% after Holm's correction."


def of_people(results: Results) -> str:
    """How far the people's trials are independent, and what those of most expertise reached."""
    share, top, published = (
        results.people.share,
        results.people.top.share,
        results.people.published_top,
    )
    told = (
        f"On human-made cases {wording.count(share.total, 'trial')} of"
        f" {wording.count(results.people.num_participants, 'participant')} tell as much as"
        f" {share.effective_total:,.0f} independent ones: a participant's trials and a case's"
        " trials are alike."
    )
    if top is None:
        return told
    told += f" The fifth of most expertise reached {wording.percent(top.share)} of"
    told += f" {wording.count(top.total, 'trial')}"
    if published.share is None:
        return f"{told}; by the published rule no trial is left."
    lost = wording.count(published.num_dropped, "abstract")
    return (
        f"{told}; by the published rule, which loses {lost},"
        f" {wording.percent(published.share.share)} of {published.share.total:,}."
    )


def of_contexts(results: Results) -> str:
    """What the main variant reaches with less of the abstracts."""
    name = main_variant(results).name
    shares = {
        context: authors["human"][name]
        for context, authors in results.study.contexts.items()
        if name in authors.get("human", {})
    }
    parts = [
        f"{wording.accuracy(shares[context])}% {words}".replace(")%", "%)")
        for context, words in (
            ("isolated", "for single sentences"),
            ("swapped", "with sentences of other abstracts"),
        )
        if context in shares
    ]
    if not parts:
        return "Only whole abstracts were scored; brainbench.contexts in params.yaml names more."
    whole = wording.percent(shares["full"].share)
    return f"{name} is right in {whole} with whole abstracts, in {wording.listing(parts)}."


def of_confidence(results: Results) -> str:
    """Whether the main variant's and people's confidence tell anything."""
    name = main_variant(results).name
    told = []
    for who, each in (
        (name, results.human.models[name].confidence),
        (results.field.experts.lower(), results.people.confidence),
    ):
        area = each.roc
        if area.area is None:
            told.append(f"nothing can be told of {who}: {area.reason}")
        else:
            told.append(f"{wording.number(area.area, area.interval)} for {who}")
    return f"How well confidence tells right choices from wrong ones (AUROC): {'; '.join(told)}."


def of_difficulty(results: Results) -> str:
    """How far the main variant finds hard what people find hard."""
    name = main_variant(results).name
    found, ceiling = results.human.against_people[name].difficulty, results.people.ceiling
    if found is None or found.correlation is None:
        why = found.reason if found else "no cases in common"
        return f"Of {name} no correlation can be told: {why}."
    told = f"Rank correlation of {name} with {results.field.experts.lower()}, case by case:"
    told += f" {wording.number(found.correlation, found.interval)}"
    if ceiling.ceiling is None:
        return f"{told}; a noise ceiling cannot be told: {ceiling.reason}."
    return f"{told}; the people's own noise allows {wording.number(ceiling.ceiling)} at most."


def of_memorisation(results: Results) -> list[str]:
    """What ratios and clean cases say, or why they say nothing."""
    name = main_variant(results).name
    found = results.study.memorisation[name]
    if found is None:
        told = f"No reference texts were scored for {name}, so zlib ratios cannot be compared."
    elif found.roc.area is None:
        told = f"Zlib ratios of {name} cannot be compared: {found.roc.reason}."
    else:
        told = (
            f"An abstract of the benchmark has a higher zlib-to-perplexity ratio for {name} than"
            " an unread text of the field in a share of pairs of"
            f" {wording.number(found.roc.area, found.roc.interval)}"
            f" ({wording.p_value(found.p_value)}; 0.50: no difference).{_of_unread(results)}"
        )
    clean = f"{clean_in_words(results)}."
    if enough_clean(results):
        all_cases = wording.percent(results.study.accuracy(name)["human"].share)
        share = wording.accuracy(results.study.clean["human"][name])
        return [told, f"{clean} {name} is right in {share} of them, in {all_cases} of all."]
    number = results.study.overlap.clean["human"]
    why = " So nothing is to be left out." if number else " So accuracy on clean cases is unknown."
    if 0 < number < results.study.overlap.num_cases["human"]:
        why = " Too few for an accuracy of their own."
    return [told, clean + why]


def of_sections(results: Results) -> str:
    """Between what the accuracies of the journal's sections lie."""
    name = main_variant(results).name
    told = []
    for who, sections in (
        (name, results.human.models[name].sections),
        (results.field.experts.lower(), results.people.sections),
    ):
        order = sorted(sections, key=lambda each: sections[each].share)
        ends = [
            f"{wording.percent(sections[each].share)} in {each}"
            for each in dict.fromkeys((order[0], order[-1]))
        ]
        told.append(f"{who} between {' and '.join(ends)}" if len(ends) > 1 else f"{who} {ends[0]}")
    return f"By section of the journal: {'; '.join(told)}."


def _of_unread(results: Results) -> str:
    """The same share of variants that cannot have memorised anything of the field's corpus."""
    shares = [
        f"{wording.number(found.roc.area)} for {each.name}"
        for each in results.study.variants
        if not each.variant.epochs
        and (found := results.study.memorisation[each.name])
        and found.roc.area is not None
    ]
    if not shares:
        return ""
    return (
        " Variants not trained on the field show how far the texts differ by themselves:"
        f" {wording.listing(shares)}."
    )


def _many(number: int) -> str:
    return f"{number or 'none'} {'differs' if number == 1 else 'differ'}"
