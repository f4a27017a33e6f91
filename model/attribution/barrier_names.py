"""What can hold a provider back, in the order in which the tally of stuck months counts it."""

from __future__ import annotations

AWARENESS, ATTENTION, LEADERSHIP, LEARNING, SKILLS, MONEY, REGULATION, DEMAND, INERTIA, TIME = range(10)
BARRIERS = (
    "awareness", "attention", "leadership", "learning", "skills", "money", "regulation", "demand", "inertia", "time",
)  # fmt: skip
SAYS = {
    "awareness": "has not heard of it, or sees few others use it",
    "attention": "is not looking, or has its hands full",
    "leadership": "leaders do not push",
    "learning": "believes less of it than is true, or is unsure",
    "skills": "staff lack the skill for it",
    "money": "set-up cost, and thin reserves",
    "regulation": "the burden of rules",
    "demand": "nobody asks for it",
    "inertia": "what it does now is good enough, or something else comes first",
    "time": "pilots and implementation take their time",
}
"""What each barrier means, as said of a provider."""
ROCKS, HEADWINDS = ("money", "regulation", "inertia"), (
    "awareness", "attention", "leadership", "learning", "skills", "demand",
)  # fmt: skip
"""Fixed barriers, and drag that a provider or its surroundings can work off; resets are the thunderstorms."""
