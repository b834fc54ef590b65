"""The general corpus: everyday English that never mentions the made-up field.

It shares the papers' ordinary words, those for more and less among them, so that a model which
has read it knows the language but none of the facts.
"""

from collections.abc import Iterator, Mapping
from string import Formatter

from components.dataset.demo.draws import Draws
from components.dataset.demo.wording import NUMBERS, OUTCOMES

WORDS: Mapping[str, tuple[str, ...]] = {
    "name": ("Anna", "Tom", "Mary", "Peter", "Ruth", "Henry", "Clara", "Samuel", "Nora", "Paul"),
    "kin": ("sister", "brother", "aunt", "uncle", "cousin", "mother", "father", "neighbour"),
    "town": ("Ashford", "Millbrook", "Harwell", "Stonebridge", "Eastmere", "Longfield"),
    "month": ("January", "March", "April", "June", "July", "September", "October", "December"),
    "weekday": ("Monday", "Tuesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "season": ("spring", "summer", "autumn", "winter"),
    "food": ("bread", "soup", "rice", "apple pie", "fish", "pancakes", "lentils", "porridge"),
    "goods": ("wool", "bread", "tea", "timber", "coal", "butter", "paper", "salt"),
    "animal": ("dog", "horse", "cat", "goat", "hen", "donkey"),
    "plant": ("roses", "beans", "tulips", "onions", "tomatoes", "herbs"),
    "place": ("market", "station", "church", "harbour", "library", "bridge", "school", "mill"),
    "weather": ("rain", "snow", "fog", "sunshine", "wind", "frost"),
    "water": ("cold", "warm", "still", "cloudy", "salty", "clear", "deep"),
    "trade": ("baker", "teacher", "farmer", "doctor", "tailor", "builder", "clerk", "nurse"),
}

# Words for more and less that the papers do not use, or use in other forms.
COMPARISONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    **OUTCOMES,
    "raised": (("raised", "lowered"), ("increased", "decreased"), ("enhanced", "reduced")),
    "raise": (("raise", "lower"), ("increase", "decrease"), ("enhance", "reduce")),
    "bright": (("brighter", "dimmer"), ("more luminous", "less luminous")),
    "more": (("more", "less"), ("faster", "slower")),
}

# Each topic: how a text can open, go on and close.
TOPICS: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        (
            "The weather in {town} was changeable in {month}.",
            "After a long {season}, people in {town} spoke of little but the weather.",
            "On {weekday} the day began with {weather} over {town}.",
        ),
        (
            "By noon the temperature {rose} by {percent} %.",
            "The wind {rose} towards evening, and boats stayed in the harbour.",
            "There was {rise} in rainfall of {percent} %, the records show.",
            "The river {widened} after {days} days of {weather}.",
            "Behind the clouds the light grew {bright} every hour.",
            "In the valley, {weather} lasted for {hours} hours.",
            "The sea was {wider} and {water} at the end of the week.",
            "Farmers found that {weather} {raised} the value of their fields.",
            "The {kin} of the {trade} measured the rain every {minutes} minutes.",
        ),
        (
            "Whether {month} will bring {more} {weather} remains to be seen.",
            "Together, these signs suggest a quiet {season}.",
            "It was a day that {town} will not forget.",
        ),
    ),
    (
        (
            "This dish of {food} is a favourite in {town}.",
            "{name} learned to cook {food} from a {kin}.",
            "For {food} you need a large pan and {minutes} minutes.",
        ),
        (
            "Put the {goods} into {water} water and leave it for {hours} hours.",
            "A pinch of salt {raised} the taste in our test.",
            "Warm the oven and keep it at the same heat for {minutes} minutes.",
            "With {more} sugar the crust became {bright} in colour.",
            "The dough {widened} within {minutes} minutes.",
            "Adding butter made the sauce {wider} in the mouth, as {name} put it.",
            "A single spoon of oil is given to the pan before the {food}.",
            "In the end, the smell of {food} {rose} through the house.",
            "The heat of the stove should {raise} in small steps.",
        ),
        (
            "Serve the {food} with {goods} while it is warm.",
            "In short, {food} needs time and a little care.",
            "Taken together, it feeds {count} people.",
        ),
    ),
    (
        (
            "{name} and {name} travelled from {town} to {town} in {month}.",
            "The road to {town} follows the river for {hours} hours.",
            "On {weekday} the train to {town} left late.",
        ),
        (
            "The journey took {days} days, with {hours} hours of rest at an inn.",
            "Near the {place} the road {widened}, and the traffic {rose}.",
            "There was {rise} in the number of visitors of {percent} %.",
            "Tickets {rose} in price once {month} was over.",
            "A guide told them how the old {place} was built and mended.",
            "They swam in {water} water below the {place}.",
            "The path through the wood was {wider} than before.",
            "A {trade} from {town} gave them {food} and a bed.",
            "At dusk, the lamps along the {place} were {bright} than the moon.",
            "Most of the {count} seats were taken, half of them by children.",
        ),
        (
            "They came home with {more} money and many stories.",
            "Of all the places they saw, {town} was the best.",
            "We suggest that you go there in {season}.",
        ),
    ),
    (
        (
            "The {place} of {town} is {count} years old.",
            "Little is known about the early history of {town}.",
            "It has long been held that {town} was founded by a {trade}.",
        ),
        (
            "After a fire, the {place} was {raised} by the people of the town.",
            "Trade in {goods} {rose} under the new mayor.",
            "The records show that the price of {goods} {rose} by {percent} %.",
            "The old wall had {widened} in places, and stones lay in the road.",
            "War left the town {wider} and poorer than before.",
            "A tax on {goods} {raised} the number of shops.",
            "The effect of the railway on {town} was to {raise} its trade.",
            "There was {widening} of the streets around the {place}.",
            "Two families, rich in {goods}, are thought to explain its success.",
            "The {place} was closed for {days} days and then opened again.",
        ),
        (
            "A full account of {town} must include the {place} and its keeper.",
            "These findings give a new view of the town.",
            "Today {count} people work there, most of them at the {place}.",
        ),
    ),
    (
        (
            "{name} keeps a {animal} and a small garden in {town}.",
            "In {season} the garden behind the {place} is full of {plant}.",
            "Growing {plant} is easy if you know your soil.",
        ),
        (
            "Plants that were given {water} water grew {percent} % higher.",
            "With {more} light the {plant} grew well.",
            "After {days} days of {weather} the flowers {widened}.",
            "A handful of salt {raised} the growth of the {plant}.",
            "The leaves were {bright} on the side of the sun.",
            "The {animal} was fed every {hours} hours and kept in the dark at night.",
            "With {water} water, {count} pots showed {widening} of the stems.",
            "Contact with frost left the {plant} {wider} than those in the house.",
            "{name} found that the harvest {rose} by {percent} %.",
            "The number of birds {rose} after the {animal} had gone.",
        ),
        (
            "The {plant} will be ready in {month}.",
            "We conclude that a garden needs {more} care in {season}.",
            "In the evening {name} sits there with a {kin} and reads.",
        ),
    ),
    (
        (
            "Prices at the {place} of {town} {rose} on {weekday}.",
            "The {trade} {name} opened a shop in {town} in {month}.",
            "It was a good year for the {goods} trade.",
        ),
        (
            "The cost of {goods} {rose} by {percent} % within {days} days.",
            "A new road {raised} sales of {goods}.",
            "There was {rise} in wages, and workers bought {more} {goods}.",
            "The shop was made {wider} to hold {count} boxes of {goods}.",
            "The effect of the tax was to {raise} demand.",
            "The {trade} compared two kinds of {goods} and measured their weight.",
            "In all, {count} people were asked, and none of them knew the price.",
            "Light in the shop was {raised} by a window in the roof.",
            "The market {widened} at {hours} and was {bright} with lamps.",
            "Exposure to damp left the {goods} {wider} for {days} days.",
        ),
        (
            "Whether prices will {raise} again remains to be seen.",
            "Together, these results place limits on what a shop can earn.",
            "The {trade} paid {name} and went home.",
        ),
    ),
    (
        (
            "Dear {name}, I write to you from {town}.",
            "{name} told the class a story about a {animal}.",
            "My {kin} has worked as a {trade} since {month}.",
        ),
        (
            "We kept the {animal} in the house for {days} days.",
            "Each of the children read for {minutes} minutes and slept for {hours} hours.",
            "The doctor gave my {kin} a dose of syrup, and the fever {rose}.",
            "A short walk {raised} the spirits of my {kin}.",
            "The lamp in my room is {bright} now, so I read {more}.",
            "The noise from the {place} {rose} once the {weather} was over.",
            "I was asked to close the gap in the fence, which had {widened}.",
            "The new coat was {wider} than the old one.",
            "We saw {widening} of the ice and stayed on the bank.",
            "A total of {count} letters came, half of them from {town}.",
        ),
        (
            "Please give my love to your {kin}.",
            "In short, we are well and hope to see you in {season}.",
            "The children will remember that {animal} for a long time.",
        ),
    ),
    (
        (
            "On {weekday} the team of {town} played against {town}.",
            "The school of {town} held its games in {month}.",
            "{name} has been the fastest runner of {town} for {days} years.",
        ),
        (
            "The lead {widened} in the last {minutes} minutes.",
            "The crowd {rose} by {percent} %, and so did the noise.",
            "Training in {water} water {raised} the strength of {name}.",
            "After {days} days of rest, {name} was {wider} in the shoulders.",
            "A loud cheer {rose} when {name} reached the line.",
            "There was {rise} in speed after the first {minutes} minutes.",
            "The two judges did not know the names of the runners.",
            "In a second test, {name} was {percent} % faster than the {trade}.",
            "The lights around the field were {bright} than last year.",
            "Players who were given {food} ran {more} than the others.",
        ),
        (
            "We suggest that {name} will win again in {season}.",
            "It was also clear that the team needs {more} rest.",
            "The game was over at dusk, and all went home.",
        ),
    ),
)


def general_texts(number: int, *, draws: Draws) -> Iterator[str]:
    """Short everyday texts, one at a time, all different.

    Args:
        number: How many.
        draws: Decides on topics, sentences and words.

    Yields:
        A text of about 60 to 130 words.
    """
    seen: set[str] = set()
    while len(seen) < number:
        text = _text(draws)
        if text not in seen:
            seen.add(text)
            yield text


def _text(draws: Draws) -> str:
    openings, middles, closings = draws.choice(TOPICS)
    middle = draws.sample(middles, draws.integer(5, 8))
    sentences = [draws.choice(openings), *middle, draws.choice(closings)]
    return " ".join(_filled(sentence, draws=draws) for sentence in sentences)


def _filled(template: str, *, draws: Draws) -> str:
    """The template with a word drawn for each of its slots."""
    parts: list[str] = []
    for literal, slot, _, _ in Formatter().parse(template):
        parts.append(literal)
        if not slot:
            continue
        if slot in COMPARISONS:
            parts.append(draws.choice(draws.choice(COMPARISONS[slot])))
        elif slot in NUMBERS:
            parts.append(str(draws.choice(NUMBERS[slot])))
        else:
            parts.append(draws.choice(WORDS[slot]))
    return "".join(parts)
