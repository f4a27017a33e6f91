"""What is measured and what is to be reached: the goals of the benchmark and of docs/performance.md."""

from __future__ import annotations

from typing import NamedTuple


class Goal(NamedTuple):
    """At most, or at least, so much."""

    least: bool
    value: float

    def met(self, measured: float) -> bool:
        """Return whether a value reaches it."""
        return measured >= self.value if self.least else measured <= self.value

    def __str__(self) -> str:
        """Say it in words."""
        return f"at {'least' if self.least else 'most'} {self.value:g}"


def least(value: float) -> Goal:
    """Return a goal to reach."""
    return Goal(True, value)


def most(value: float) -> Goal:
    """Return a goal to keep below."""
    return Goal(False, value)


GOALS: dict[str, Goal] = {
    "SD of a pair's gain by training, 2,000 providers / all": most(2.0),
    "SD of the ten-year outcome, 2,000 providers / all": most(2.0),
    "engine / floor, 17,700 providers": most(4.2),
    "plain Mesa model / engine, 300 providers": least(300),
    "plain Mesa model / engine, 20,000 providers": least(300),
    "time of a month, 1,000 to 200,000 providers": most(1.08),
    "time of a month, 1,000 to 1,000,000 providers": most(1.08),
    "NDlib / engine, SI on 20,000 nodes, steps": least(100),
    "NDlib / engine, thresholds on 20,000 nodes, steps": least(50),
    "a run with its events / without": most(1.3),
    "memory, 1,000 to 100,000 providers": most(1.2),
    "1,000,000 providers x 120 months: peak memory": most(4.0),
    "40 pairs, 2,000 providers x 120 months": most(1.2),
    "`carespread run central`, 500 x 12, one replication, warm": most(2.0),
    "first compile": most(40.0),
    "`carespread compare` with its defaults": most(35.0),
    "`carespread verify`": most(35.0),
    "experiment: CPU outside kernel and preparation": most(10.0),
    "memory of an experiment, 10 times the runs": most(1.2),
    "ten million rows: mean and quantiles": most(2.0),
    "ten million rows: memory of the question": most(500.0),
}
"""By what is measured; the unit stands with the row."""


class Row(NamedTuple):
    """One line of the table."""

    what: str
    value: float | None
    unit: str

    @property
    def goal(self) -> Goal | None:
        """The goal of what was measured."""
        return GOALS.get(self.what)

    @property
    def verdict(self) -> str:
        """Whether the goal is met; nothing where there is none, or nothing was measured."""
        if self.value is None or self.goal is None:
            return ""
        return "met" if self.goal.met(self.value) else "not met"

    @property
    def shown(self) -> str:
        """The value with its unit."""
        return self.unit if self.value is None else f"{self.value:,.4g} {self.unit}"
