"""Tells the story of one provider from what happened to it, by templates: every sentence names its happenings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..figures.drawing import listed, month_words
from .provider_history import (
    CLOSES,
    GRANT,
    GRANT_ENDS,
    MANAGER,
    PARTED,
    PARTNER,
    RATED,
    RECOVERED,
    SENIOR,
    SHOCK,
    SHORT,
    STAGE,
    Followed,
)

LITTLE, MUCH = 0.35, 0.65
"""Traits from 0 to 1 below and above which words change."""
FEW_SITES = 3
"""Sites up to which each change of manager is told by itself."""
FOR = {
    "learning": "it believed that people gained by it",
    "exposure": "others like it already used it",
    "demand": "its commissioners, and people, asked for it",
    "incentives": "it was told to",
}
AGAINST = {
    "cost": "what it would cost to set up",
    "skill": "how hard it was for the staff it had",
    "regulation": "the paperwork for the regulator",
    "learning": "what it believed that it was worth",
}
HEARD = {
    "exposure": "from others who used it",
    "demand": "from its commissioners",
    "incentives": "from a campaign or a broker",
    "base": "by chance, from outside",
}
DROPPED = {
    "unrest": "a leader had just gone",
    "learning": "what it saw of its results was too little",
    "cost": "running it cost too much",
    "slack": "its reserves had run out",
    "incentives": "the money for it had ended, or it had been forced on it",
    "leadership": "nobody at the top held on to it",
}
ROUTINE = {
    "leadership": "its leaders drove it",
    "skill": "staff were skilled at it",
    "learning": "it had been made to fit",
}
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Sentence(NamedTuple):
    """One sentence and the numbers of the happenings that it rests on."""

    text: str
    happenings: tuple[int, ...]


class Story(NamedTuple):
    """A provider's story."""

    title: str
    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        """The story as Markdown, a paragraph a sentence, each with its happenings in brackets."""
        return f"# {self.title}\n\n" + "\n\n".join(
            one.text + (f" [{', '.join(map(str, one.happenings))}]" if one.happenings else "") for one in self.sentences
        )


def story(followed: Followed) -> Story:
    """Return the story of a provider: who it is, what happened in order, and where it stands at the end."""
    about, told = followed.about, [beginning(followed)]
    small: list[Any] = []
    for row in followed.happenings.itertuples():
        sentence = told_of(row, followed)
        if sentence is None:
            small.append(row)
            continue
        told += meanwhile(small)
        small = []
        told.append(Sentence(sentence, (int(row.number),)))
    told += meanwhile(small)
    told += ending(followed)
    where = f"{about['setting']} in {about['authority']} ({about['region']})"
    return Story(f"Provider {about['provider']}: {where}, {about['staff']:,} staff", tuple(told))


def named(title: str) -> str:
    """Return the title of an innovation inside a sentence: a proper name has its article."""
    return f"the {title}" if title[:1].isupper() else title


def counted(many: int) -> str:
    """Return a small number in words."""
    return NUMBERS[many] if many < len(NUMBERS) else str(many)


def degree(value: float, little: str, some: str, much: str) -> str:
    """Return the word for a trait from 0 to 1."""
    return little if value < LITTLE else much if value > MUCH else some


def beginning(followed: Followed) -> Sentence:
    """Return who the provider is."""
    about, first = followed.about, followed.numbers.iloc[0]
    sites = "one site" if about["sites"] == 1 else f"{about['sites']} sites"
    using = [named(title) for name, title in followed.innovations.items()
             if first[f"stage {name}"] in ("implementing", "sustained")]  # fmt: skip
    uses = f"It already uses {listed(using)}." if using else "It uses none of what this story is about."
    return Sentence(
        f"In {month_words(first['month'])} this {about['ownership']} provider ({about['setting']}) in"
        f" {about['authority']} has {sites}, {about['staff']:,} staff and {about['people']:,} people, and is rated"
        f" {about['rating']}. Its senior leadership is"
        f" {degree(about['senior'], 'weak', 'middling', 'strong')}, its managers"
        f" {degree(about['manager'], 'do not push for new things', 'push now and then', 'push for new things')}; it"
        f" {degree(about['learning'], 'seldom looks at what its work brings', 'learns from some of its results', 'learns from nearly all it does')},"  # noqa: E501
        f" keeps {degree(about['openness'], 'to itself', 'some company', 'open doors')} and has"
        f" {reserve(float(first['slack']))}. {uses}",
        (),
    )


def reserve(slack: float) -> str:
    """Return reserves in words."""
    if slack < 0:
        return "debts instead of reserves"
    return f"reserves for {slack:.1f} months" if slack >= 0.05 else "next to no reserves"


def largest(row: Any, words: dict[str, str], least: float = 0.0, sign: float = 1.0) -> str | None:
    """Return the words of the largest term (the most negative with sign -1), None where none exceeds `least`."""
    name = max(words, key=lambda one: sign * float(getattr(row, one)))
    return words[name] if sign * float(getattr(row, name)) > least else None


def told_of(row: Any, followed: Followed) -> str | None:
    """Return the sentence of a happening, None for one that is told together with others."""
    when, title = month_words(row.month), named(followed.innovations.get(row.innovation, row.innovation))
    if row.kind == STAGE:
        return MOVES[row.cause](row, title, when, followed)
    if row.kind == SENIOR:
        better = "stronger" if float(row.after) > float(row.before) else "weaker"
        return f"In {when} the senior leader left; the successor was {better}, and for half a year nothing was settled."
    if row.kind == MANAGER and followed.about["sites"] <= FEW_SITES:
        better = "pushed more for new things" if float(row.after) > float(row.before) else "pushed less for new things"
        return f"In {when} the registered manager left; whoever came next {better}."
    if row.kind == RATED:
        return f"In {when} an inspection moved its rating from {row.before} to {row.after}."
    if row.kind == SHORT:
        return f"In {when} its reserves were gone."
    if row.kind == SHOCK:
        return f"In {when} a shock struck the sector: {row.after}."
    if row.kind == GRANT:
        return f"From {when} a grant paid {row.after} of what {title} costs to set up."
    if row.kind == GRANT_ENDS:
        return f"In {when} the grant for {title} had ended."
    if row.kind == CLOSES:
        return f"In {when} it closed; another provider opened in its place."
    return None


def _heard(row: Any, title: str, when: str, _: Followed) -> str:
    return f"In {when} it heard of {title}, most likely {largest(row, HEARD)}."


def _took_up(row: Any, title: str, when: str, _: Followed) -> str:
    reason = largest(row, FOR, 0.02)
    doubt = largest(row, {name: words for name, words in AGAINST.items() if name != "learning"}, 0.02, -1.0)
    helped = " A partner who knew it made it easier." if row.partners_help > 0.02 else ""
    return (
        f"In {when} it looked around for something new and took {title} into a pilot"
        + (f", since {reason}" if reason else ", without much reason")
        + (f", in spite of {doubt}" if doubt else "")
        + f".{helped}"
    )


def _passed(row: Any, title: str, when: str, _: Followed) -> str:
    why = largest(row, FOR, 0.02)
    return f"In {when} the pilot of {title} was taken further" + (f": {why}." if why else ".")


def _not_worth(row: Any, title: str, when: str, _: Followed) -> str:
    why = largest(row, AGAINST, 0.0, -1.0)
    if why is None:
        return f"In {when} the pilot of {title} ended, and it was given up: what it promised was not enough."
    return f"In {when} the pilot of {title} ended, and it was given up: what weighed most was {why}."


def _not_paid(row: Any, title: str, when: str, _: Followed) -> str:
    return f"In {when} the pilot of {title} ended, but its reserves could not pay for going on."


def _routine(row: Any, title: str, when: str, followed: Followed) -> str:
    rows = followed.numbers[followed.numbers["month"] < row.month]
    stages = list(rows[f"stage {row.innovation}"])[::-1]
    months = next((at for at, one in enumerate(stages) if one != "implementing"), len(stages))
    why = largest(row, ROUTINE, 0.05)
    least = "at least " if months == len(stages) else ""  # it had begun before the run
    worked = f"after {least}{counted(months)} month{'' if months == 1 else 's'} of work"
    return f"In {when}, {worked}, {title} became routine" + (f": {why}." if why else ".")


def _dropped(row: Any, title: str, when: str, _: Followed) -> str:
    what = "gave up on" if row.before == "implementing" else "dropped"
    why = largest(row, DROPPED, 0.05)
    return f"In {when} it {what} {title}" + (f": {why}." if why else "; no one reason stands out.")


def _again(row: Any, title: str, when: str, _: Followed) -> str:
    return f"By {when} it was open to {title} again."


def _came_up(row: Any, title: str, when: str, _: Followed) -> str:
    return f"In {when} its staff came up with something of their own: {title}."


def _closed(row: Any, title: str, when: str, followed: Followed) -> None:
    return None  # told once, with the closing itself


MOVES: dict[str, Callable[[Any, str, str, Followed], str | None]] = {
    "heard of it": _heard,
    "took it into a pilot": _took_up,
    "pilot taken further": _passed,
    "pilot not worth going on": _not_worth,
    "could not be paid": _not_paid,
    "became routine": _routine,
    "dropped": _dropped,
    "open to it again": _again,
    "came up with it": _came_up,
    "closed, another opened": _closed,
}


def meanwhile(small: list[Any]) -> list[Sentence]:
    """Return what happened on the side in one sentence, none where nothing did."""
    kinds = {
        MANAGER: ("a manager left", "{} managers left"),
        PARTNER: ("it found a partner", "it found {} partners"),
        PARTED: ("it lost one", "it lost {}"),
        RECOVERED: ("reserves came back", "reserves came back {} times"),
    }
    rows = [row for row in small if row.kind in kinds]
    if not rows:
        return []
    parts = []
    for kind, (one, more) in kinds.items():
        many = sum(row.kind == kind for row in rows)
        if many:
            words = one if many == 1 else more.format(counted(many))
            partner = kind == PARTED and not any(row.kind == PARTNER for row in rows)
            parts.append(words + (" partner" if many == 1 else " partners") if partner else words)
    first, last = rows[0].month, rows[-1].month
    if first == last:
        when = f"In {month_words(first)}"
    elif first.year == last.year:
        when = f"During {first.year}"
    else:
        when = f"Between {first.year} and {last.year}"
    return [Sentence(f"{when} {listed(parts)}.", tuple(int(row.number) for row in rows))]


def ending(followed: Followed) -> list[Sentence]:
    """Return where a provider stands at the end: what it uses, and what it believes against what is true."""
    if len(followed.happenings) and followed.happenings.iloc[-1]["kind"] == CLOSES:
        return []
    last = followed.numbers.iloc[-1]
    using, wrong = [], []
    for name, title in followed.innovations.items():
        stage = last[f"stage {name}"]
        if stage in ("implementing", "sustained"):
            using.append(named(title))
        gap = float(last[f"belief {name}"]) - float(last[f"truth {name}"])
        if abs(gap) > 0.1 and stage != "unaware":
            believes, works = (f"{100 * float(last[f'{what} {name}']):.0f} %" for what in ("belief", "truth"))
            wrong.append(f"it thinks that {named(title)} works in {believes} of trials, where it works in {works}")
    uses = f"it uses {listed(using)}" if using else "it uses none of them"
    return [Sentence(
        f"In {month_words(last['month'])} {uses} and has {reserve(float(last['slack']))}."
        + (f" And {listed(wrong)}." if wrong else ""),
        (),
    )]  # fmt: skip
