"""Tells the story of one provider from its events, by templates: every sentence names its events."""

from __future__ import annotations

from typing import Any, NamedTuple

from carespread.model.attribution import events as log

from ..words import listed, month_words, with_article
from .provider_history import Followed, Kind

LITTLE, MUCH = 0.35, 0.65
"""Traits from 0 to 1 below and above which words change."""
FEW_SITES = 3
"""Sites up to which each change of manager is told by itself."""
FOR = {
    "learning": "it believed that people benefit from it",
    "exposure": "others like it already used it",
    "demand": "its commissioners and the people it serves asked for it",
    "incentives": "it was required to",
}
LOOKED = {
    "slack": "with reserves to spare",
    "leadership": "pushed by its leaders",
    "culture": "with a culture of learning",
    "aspiration": "doing less well than it wanted",
    "offer": "offered money or help, or asked to",
}
"""Why a provider looked for something new (3), before it chose between what it knew (7)."""
AGAINST = {
    "cost": "what it would cost to set up",
    "skill": "how hard it was for the staff it had",
    "regulation": "the paperwork for the regulator",
    "learning": "how little it expected of it",
}
HEARD_FROM = {
    "exposure": "from others who used it",
    "demand": "from its commissioners",
    "incentives": "from a campaign or a broker",
    "base": "by chance, from outside",
}
ABANDONED_FOR = {
    "unrest": "a leader had just gone",
    "learning": "its results were too poor",
    "cost": "running it cost too much",
    "slack": "its reserves had run out",
    "incentives": "the funding had ended, or it had been imposed",
    "leadership": "nobody at the top stood by it",
    "upkeep": "nobody had time to keep it going",
}
ROUTINE_BY = {
    "leadership": "its leaders drove it",
    "skill": "staff were skilled at it",
    "culture": "a culture of learning carried it",
    "learning": "it had been adapted to fit",
    "incentives": "somebody from outside helped",
}
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Sentence(NamedTuple):
    """One sentence and the numbers of the events that it rests on."""

    text: str
    events: tuple[int, ...]


class Story(NamedTuple):
    """A provider's story."""

    title: str
    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        """The story as Markdown, a paragraph a sentence, each with its events in brackets."""
        return f"# {self.title}\n\n" + "\n\n".join(
            one.text + (f" [{', '.join(map(str, one.events))}]" if one.events else "") for one in self.sentences
        )


def story(followed: Followed) -> Story:
    """Return the story of a provider: who it is, what happened in order, and where it stands at the end."""
    about, sentences = followed.about, [beginning(followed)]
    small: list[Any] = []
    for row in followed.events.itertuples():
        sentence = sentence_of(row, followed)
        if sentence is None:
            small.append(row)
            continue
        sentences += meanwhile(small)
        small = []
        sentences.append(Sentence(sentence, (int(row.number),)))
    sentences += meanwhile(small)
    sentences += ending(followed)
    where = f"{about['setting']} in {about['authority']} ({about['region']})"
    return Story(f"Provider {about['provider']}: {where}, {about['staff']:,} staff", tuple(sentences))


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
    using = [with_article(title) for name, title in followed.innovations.items()
             if first[f"stage {name}"] in ("implementing", "sustained")]  # fmt: skip
    uses = f"It already uses {listed(using)}." if using else "It uses none of the innovations of this story."
    return Sentence(
        f"In {month_words(first['month'])} this {about['ownership']} provider ({about['setting']}) in"
        f" {about['authority']} has {sites}, {about['staff']:,} staff and {about['people']:,} people, and is rated"
        f" {about['rating']}. Its senior leadership is"
        f" {degree(about['senior'], 'weak', 'middling', 'strong')}, its managers"
        f" {degree(about['manager'], 'are not keen on change', 'are open to change', 'are keen on change')}; it"
        f" {degree(about['learning'], 'seldom looks at what its work brings', 'learns from some of its results', 'learns from nearly all it does')},"  # noqa: E501
        f" has {degree(about['openness'], 'few', 'some', 'many')} links with other providers, and has"
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


PLAIN = {
    Kind.RATED: "In {when} an inspection changed its rating from {row.before} to {row.after}.",
    Kind.SHORT: "In {when} its reserves ran out.",
    Kind.SHOCK: "In {when} a shock hit the sector: {row.after}.",
    Kind.GRANT: "From {when} a grant paid {row.after} of what {title} costs to set up.",
    Kind.GRANT_ENDS: "In {when} the grant for {title} ended.",
    Kind.CLOSES: "In {when} it closed; {row.after} opened in its place.",
}
"""Sentences of events that need no more than their own row."""


def sentence_of(row: Any, followed: Followed) -> str | None:
    """Return the sentence of an event, None for one that is told together with others."""
    when, title = month_words(row.month), with_article(followed.innovations.get(row.innovation, row.innovation))
    if row.kind == Kind.STAGE:
        return move_words(row, title, when, followed)
    if row.kind in PLAIN:
        return PLAIN[row.kind].format(when=when, title=title, row=row)
    if row.kind == Kind.SENIOR:
        better = "stronger" if float(row.after) > float(row.before) else "weaker"
        return f"In {when} the senior leader left; the successor was {better}, and decisions waited for half a year."
    if row.kind == Kind.MANAGER and followed.about["sites"] <= FEW_SITES:
        better = "keener" if float(row.after) > float(row.before) else "less keen"
        return f"In {when} the registered manager left; the new manager was {better} on change."
    return None


def move_words(row: Any, title: str, when: str, followed: Followed) -> str | None:
    """Return the sentence of a change of stage, with its largest reasons; None where a closing says it already."""
    cause = log.CAUSES.index(row.cause)
    if cause == log.HEARD:
        return f"In {when} it heard of {title}, most likely {largest(row, HEARD_FROM)}."
    if cause == log.TOOK_UP:
        reason = largest(row, FOR, 0.02)
        doubt = largest(row, {name: words for name, words in AGAINST.items() if name != "learning"}, 0.02, -1.0)
        moved = largest(row, LOOKED, 0.02)
        return (
            (f"In {when}, {moved}, it" if moved else f"In {when} it")
            + f" looked for something new and began to pilot {title}"
            + (f", since {reason}" if reason else ", without much reason")
            + (f", in spite of {doubt}" if doubt else "")
            + ("." if row.partners_help <= 0.02 else ". A partner who knew it made it easier.")
        )
    if cause == log.PASSED:
        return because(f"In {when} it went on from the pilot of {title} to implement it", largest(row, FOR, 0.02))
    if cause == log.NOT_WORTH:
        why = largest(row, AGAINST, 0.0, -1.0)
        reason = "what it promised was not enough" if why is None else f"what weighed most was {why}"
        return f"In {when} the pilot of {title} ended, and the provider did not adopt it: {reason}."
    if cause == log.PLANNED_ANEW:
        why = largest(row, AGAINST, 0.0, -1.0)
        return because(f"In {when} the pilot of {title} failed, and the provider looked for another way", why)
    if cause == log.OBEYED:
        return f"In {when} it began to implement {title} without a pilot, because it had to."
    if cause == log.NOT_PAID:
        later = " now, and it was put off" if row.after == "aware" else ""
        return f"In {when} the pilot of {title} ended; there was no money to continue{later}."
    if cause == log.ROUTINE:
        stages = list(followed.numbers.loc[followed.numbers["month"] < row.month, f"stage {row.innovation}"])[::-1]
        months = next((at for at, stage in enumerate(stages) if stage != "implementing"), len(stages))
        least = "at least " if months == len(stages) else ""  # it had begun before the run
        worked = f"after {least}{counted(months)} month{'' if months == 1 else 's'} of work"
        return because(f"In {when}, {worked}, {title} became routine", largest(row, ROUTINE_BY, 0.05))
    if cause == log.GIVEN_UP:
        what = "gave up implementing" if row.before == "implementing" else "abandoned"
        why = largest(row, ABANDONED_FOR, 0.05)
        return because(f"In {when} it {what} {title}", why or "no single reason stands out")
    if cause == log.LAPSED:
        why = largest(row, ABANDONED_FOR, 0.05)
        return because(f"In {when} it let {title} lapse", why or "no single reason stands out")
    if cause == log.RECONSIDERED:
        return f"By {when} it was ready to consider {title} again."
    if cause == log.INVENTED:
        return f"In {when} its staff developed something of their own: {title}."
    return None


def because(words: str, why: str | None) -> str:
    """Return a sentence with its reason, where there is one."""
    return f"{words}: {why}." if why else f"{words}."


def meanwhile(small: list[Any]) -> list[Sentence]:
    """Return what happened on the side in one sentence, none where nothing did."""
    kinds = {
        Kind.MANAGER: ("a manager left", "{} managers left"),
        Kind.PARTNER: ("it found a partner", "it found {} partners"),
        Kind.PARTED: ("it lost one", "it lost {}"),
        Kind.RECOVERED: ("reserves came back", "reserves came back {} times"),
    }
    rows = [row for row in small if row.kind in kinds]
    if not rows:
        return []
    parts = []
    for kind, (one, more) in kinds.items():
        many = sum(row.kind == kind for row in rows)
        if many:
            words = one if many == 1 else more.format(counted(many))
            partner = kind == Kind.PARTED and not any(row.kind == Kind.PARTNER for row in rows)
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
    if len(followed.events) and followed.events.iloc[-1]["kind"] == Kind.CLOSES:
        return []
    last = followed.numbers.iloc[-1]
    using, wrong = [], []
    for name, title in followed.innovations.items():
        stage = last[f"stage {name}"]
        if stage in ("implementing", "sustained"):
            using.append(with_article(title))
        gap = float(last[f"belief {name}"]) - float(last[f"truth {name}"])
        if abs(gap) > 0.1 and stage != "unaware":
            believes, works = (f"{100 * float(last[f'{what} {name}']):.0f} %" for what in ("belief", "truth"))
            wrong.append(
                f"it thinks that {with_article(title)} works in {believes} of trials, where it works in {works}"
            )
    uses = f"it uses {listed(using)}" if using else "it uses none of them"
    return [Sentence(
        f"In {month_words(last['month'])} {uses} and has {reserve(float(last['slack']))}."
        + (f" And {listed(wrong)}." if wrong else ""),
        (),
    )]  # fmt: skip
