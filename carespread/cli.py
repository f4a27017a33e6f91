"""The command line: every option declared once; each command's work lies in its room and is loaded when called."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from carespread.experiments import limits
from carespread.experiments.limits import Number, Ranged, Whole

from . import console
from .console import Pair, RefusedError
from .refusal import shown

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_help_option=False,  # Typer 0.29 loads pydantic to read it (0.3 s), before the --help of any command
    help="How innovations spread, or fail to, across adult social care in England.",
    epilog="Example: carespread run historical --innovation dscr. What a command does: carespread run --help",
)


def command(work: str, example: str, *, name: str | None = None, usual: str | None = None) -> Callable[..., Any]:
    """Make a function's signature and docstring a command: the work, "module:function", gets what was typed by name.

    `usual` names its folder under results/runs, with what was typed in {braces}; None where it keeps nothing.
    """

    def declared(body: Callable[..., None]) -> Callable[..., None]:
        @wraps(body)
        def called(**given: Any) -> None:
            raise typer.Exit(console.perform(work, given, usual))

        app.command(name, epilog=f"Example: carespread {example}")(called)
        called.work = work  # type: ignore[attr-defined]
        return called

    return declared


CURRENCIES = "\N{POUND SIGN}$\N{EURO SIGN}"


def limited(flag: str, limit: Whole | Number | Ranged, metavar: str, text: str) -> Any:
    """Return an option whose value is read and kept within its limits, or refused in one sentence."""

    def read(typed: Any) -> Any:
        try:
            value = limit.read(typed) if isinstance(typed, str) else typed
            if limit.holds(value):
                return value
        except (ValueError, OverflowError):
            pass
        plain = ", typed without a currency sign" if any(sign in str(typed) for sign in CURRENCIES) else ""
        raise RefusedError(f"{flag} is {shown(typed)}: {limit.says}{plain}.")

    return typer.Option(flag, metavar=metavar, help=text, parser=read)


def setting(typed: str) -> Pair:
    """Return NAME=VALUE as a pair: a number, or true or false for a switch."""
    name, equals, text = (part.strip() for part in typed.partition("="))
    if not equals or not name or not text:
        raise RefusedError(f"--set is {shown(typed)}: it must read NAME=VALUE, such as leadership_weight=2.")
    words = {"true": True, "on": True, "false": False, "off": False}
    try:
        return Pair("--set", name, words[text.lower()] if text.lower() in words else float(text))
    except ValueError:
        return Pair("--set", name, text)


def varied(typed: str) -> Pair:
    """Return NAME as what is varied over its prior, NAME=LOW:HIGH over a range."""
    name, equals, within = (part.strip() for part in typed.partition("="))
    if not equals:
        return Pair("--parameter", name, "prior")
    low, _, high = within.partition(":")
    try:
        return Pair("--parameter", name, (float(low), float(high)))
    except ValueError:
        raise RefusedError(
            f"--parameter is {shown(typed)}: it must read NAME, or NAME=LOW:HIGH such as imitation=0.01:0.05."
        ) from None


def folder_option(flag: str, text: str) -> Any:
    """Return an option that names a folder or a file."""
    return typer.Option(flag, metavar="FILE" if "file" in text.lower() else "DIR", help=text)


def names_option(flag: str, text: str) -> Any:
    """Return an option that names things, one each time."""
    return typer.Option(flag, metavar="NAME", help=text)


Scenario = Annotated[
    str, typer.Argument(metavar="[SCENARIO]", help="Name (see `carespread scenarios`) or path of a file.")
]
Against = Annotated[str | None, typer.Option(metavar="SCENARIO", help="Study the difference from this scenario.")]
Providers = Annotated[Any, limited("--providers", limits.PROVIDERS, "N", "Organisations, 50 to 1,000,000, or all.")]
Months = Annotated[
    int | None, limited("--months", limits.MONTHS, "M", "Months, 1 to 1200; the scenario's own if not given.")
]
Seed = Annotated[int, limited("--seed", limits.SEED, "S", "Seed of the first run; following seeds are +1, +2, ...")]
Worth = Annotated[
    float | None,
    limited(
        "--worth", limits.WORTH, "POUNDS",
        "What a person-month of full benefit is worth in GBP; without one, what it must be worth to break even.",
    ),
]  # fmt: skip
Change = Annotated[
    list[Any] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter, lever or switch (repeatable).", parser=setting),
]
Vary = Annotated[
    list[Any] | None,
    typer.Option(
        "--parameter", metavar="NAME[=LOW:HIGH]", parser=varied,
        help="What to vary, over its prior or a range (repeatable); all that is uncertain if not given.",
    ),
]  # fmt: skip
Innovations = Annotated[
    list[str] | None,
    names_option("--innovation", "An innovation's name or file (repeatable); the scenario's own if not given."),
]
Country = Annotated[
    str | None, typer.Option("--country", metavar="NAME", help="Whose providers and innovations; England if not given.")
]
Posterior = Annotated[
    Path | None, folder_option("--posterior", "A fit of carespread calibrate; the published one if not given.")
]
Prior = Annotated[bool, typer.Option("--prior", help="All numbers as their priors say: nothing fitted.")]
Run = Annotated[Path | None, folder_option("--run", "A folder of carespread run, in place of SCENARIO.")]
Out = Annotated[Path | None, folder_option("--out", "Folder to make; results/runs/NAME-TIME if not given.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with what was stopped in --out.")]
Workers = Annotated[int | None, limited("--workers", limits.WORKERS, "W", "Threads; one a core if not given.")]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Address of a Dask scheduler, or local for workers on this machine."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar, and no table.")]


def runs_option(limit: Whole, text: str) -> Any:
    """Return the option of replications."""
    return limited("--replications", limit, "R", text)


def samples_option(limit: Whole, text: str) -> Any:
    """Return the option of samples."""
    return limited("--samples", limit, "N", text)


@app.callback(invoke_without_command=True)
def _usual(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@command("carespread.experiments.replication:run", usual="{scenario}",
         example="run tight --providers 5000 --set leadership_weight=2 --set grant=0.3")  # fmt: skip
def run(
    scenario: Scenario = "central",
    providers: Providers = 2000,
    months: Months = None,
    replications: Annotated[int, runs_option(limits.RUNS, "Runs, each with its own seed.")] = 20,
    seed: Seed = 1,
    set: Change = None,
    innovations: Innovations = None,
    posterior: Posterior = None,
    prior: Prior = False,
    events: Annotated[
        bool, typer.Option("--events", help="Keep the event log: every change of stage and what decided it.")
    ] = False,
    figures: Annotated[
        bool, typer.Option("--figures/--no-figures", help="Whether to draw them: tables alone are quicker.")
    ] = True,
    out: Out = None,
    workers: Workers = None,
    country: Country = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario many times, keep the results in a folder, and draw them."""


@command("carespread.experiments.experiment:experiment", usual="{design}",
         example="experiment design.toml --out results/runs/grant")  # fmt: skip
def experiment(
    design: Annotated[Path, typer.Argument(help="The design, as TOML (see `carespread check`).")],
    out: Out = None,
    resume: Resume = False,
    workers: Workers = None,
    cluster: Cluster = None,
    yes: Annotated[bool, typer.Option("--yes", help="Make more than 10 million runs.")] = False,
    country: Country = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a design: scenarios x points x replications, kept block by block; a stopped one can be resumed."""


@command("carespread.experiments.compare:compare", usual="compare-{baseline}",
         example="compare central lever_grant lever_training --out results/runs/grants")  # fmt: skip
def compare(
    baseline: Annotated[str, typer.Argument(help="The scenario that all are compared with: a name or a file.")],
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Names or files.")],
    replications: Annotated[int, runs_option(limits.PAIRS, "Pairs of runs at one set of numbers: chance alone.")] = 10,
    providers: Providers = 2000,
    samples: Annotated[
        int, samples_option(limits.DRAWS, "Draws of the uncertain numbers, from which every figure comes; 0 for none.")
    ] = 64,
    seed: Seed = 1,
    worth: Worth = None,
    discount_rate: Annotated[float, limited("--discount-rate", limits.RATE, "RATE", "Of costs, a year.")] = 0.035,
    benefit_rate: Annotated[
        float, limited("--benefit-rate", limits.RATE, "RATE", "Of benefits, a year: health and wellbeing.")
    ] = 0.015,
    optimism_bias: Annotated[
        float, limited("--optimism-bias", limits.SHARE, "SHARE", "Added to the cost of programmes.")
    ] = 0.2,
    take_up: Annotated[
        Any,
        limited(
            "--take-up",
            limits.TAKE_UP,
            "SHARE",
            "Share of the runs' effect and cost that comes about; LOW:HIGH has each draw its own.",
        ),
    ] = 1.0,
    delay: Annotated[
        Any,
        limited(
            "--delay",
            limits.DELAY,
            "YEARS",
            "Whole years by which benefits come later; LOW:HIGH has each draw its own.",
        ),
    ] = 0,
    distributional_weight: Annotated[
        float | None,
        limited(
            "--distributional-weight",
            limits.WEIGHT,
            "WEIGHT",
            "Weight of benefits, for figures beside the unweighted; see --relative-income.",
        ),
    ] = None,
    relative_income: Annotated[
        float | None,
        limited(
            "--relative-income",
            limits.INCOME,
            "SHARE",
            "Income of those who benefit over the middle income: gives the Green Book's distributional weight.",
        ),
    ] = None,
    structures: Annotated[
        bool, typer.Option("--structures/--no-structures", help="Whether to take away each mechanism in turn.")
    ] = True,
    analyst: Annotated[str | None, typer.Option(metavar="NAME", help="Who answers for it, for the briefing.")] = None,
    innovations: Innovations = None,
    posterior: Posterior = None,
    prior: Prior = False,
    out: Out = None,
    resume: Resume = False,
    workers: Workers = None,
    cluster: Cluster = None,
    country: Country = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare scenarios with a baseline: gain, cost, who is left behind, how sure the order is; with a briefing."""


@command("carespread.experiments.sensitivity:sensitivity", usual="sensitivity-{method}-{scenario}",
         example="sensitivity central --method morris --outcome users_dscr")  # fmt: skip
def sensitivity(
    scenario: Scenario = "central",
    method: Annotated[str, typer.Option(metavar="NAME", help="oat, morris, sobol, pawn or emulator.")] = "morris",
    outcomes: Annotated[
        list[str] | None,
        names_option("--outcome", "A column of runs.parquet, or one such as using_share_dscr@2028-12 (repeatable)."),
    ] = None,
    parameters: Vary = None,
    samples: Annotated[
        int | None, samples_option(limits.SAMPLES, "Trajectories (20), base samples (512) or points (1,000).")
    ] = None,
    replications: Annotated[
        int | None, runs_option(limits.SEEDS_A_POINT, "Seeds at every point, the same at each; 10, for sobol 5.")
    ] = None,
    against: Against = None,
    set: Change = None,
    top: Annotated[
        int | None,
        limited("--top", limits.LEADING, "P", "Parameters that a screening leaves for sobol; 10 if not given."),
    ] = None,
    second: Annotated[bool, typer.Option("--second", help="Second order too (sobol).")] = False,
    by_group: Annotated[bool, typer.Option("--by-group", help="Vary whole submodels together.")] = False,
    innovations: Innovations = None,
    providers: Providers = 1000,
    months: Months = None,
    seed: Seed = 1,
    posterior: Posterior = None,
    prior: Prior = False,
    out: Out = None,
    resume: Resume = False,
    workers: Workers = None,
    cluster: Cluster = None,
    country: Country = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find which uncertain numbers matter: elementary effects, shares of variance, whole distributions."""


@command("carespread.experiments.ablation:ablate", usual="ablate", example="ablate --claim C3 --claim C4 --pairs")
def ablate(
    claims: Annotated[
        list[str] | None, names_option("--claim", "A claim, C1 to C20 (repeatable); all if not given.")
    ] = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="Interactions of every two of the claims too.")] = False,
    samples: Annotated[
        int, samples_option(limits.CLAIM_SAMPLES, "Points of the posterior at which claims are tested.")
    ] = 100,
    replications: Annotated[int, runs_option(limits.SEEDS_A_POINT, "Pairs of runs at each point.")] = 2,
    providers: Providers = 1000,
    seed: Seed = 1,
    posterior: Posterior = None,
    prior: Prior = False,
    out: Out = None,
    resume: Resume = False,
    workers: Workers = None,
    cluster: Cluster = None,
    country: Country = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Switch off each claim's mechanism, over the posterior: the table of the theory's claims."""


@command("carespread.experiments.discovery:discover", usual="discover-{scenario}",
         example="discover lever_grant --against central --worth 2000")  # fmt: skip
def discover(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="The policy: a scenario's name or file.")],
    against: Annotated[str, typer.Option(metavar="BASELINE", help="What it is compared with.")] = "central",
    outcome: Annotated[
        str, typer.Option(metavar="NAME", help="What must be gained: net_benefit or a column of runs.parquet.")
    ] = "net_benefit",
    below: Annotated[float, limited("--below", limits.BELOW, "LEVEL", "The gain below which the policy fails.")] = 0.0,
    worth: Worth = None,
    parameters: Vary = None,
    set: Change = None,
    samples: Annotated[int, samples_option(limits.DISCOVERY_SAMPLES, "Points of the posterior.")] = 500,
    replications: Annotated[int, runs_option(limits.SEEDS_A_POINT, "Pairs of runs at each point.")] = 4,
    providers: Providers = 1000,
    months: Months = None,
    seed: Seed = 1,
    posterior: Posterior = None,
    prior: Prior = False,
    out: Out = None,
    resume: Resume = False,
    workers: Workers = None,
    cluster: Cluster = None,
    country: Country = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find under which uncertain conditions a policy fails: boxes (PRIM) and a tree, in plain words."""


@command("carespread.calibration.calibrate:calibrate", usual="calibrate",
         example="calibrate --budget 4000 --out results/runs/fit")  # fmt: skip
def calibrate(
    targets: Annotated[
        Path | None, folder_option("--targets", "File of what to fit to; calibration/targets.csv if not given.")
    ] = None,
    budget: Annotated[int, limited("--budget", limits.FIT_RUNS, "RUNS", "Runs of the model.")] = 12_000,
    rivals: Annotated[
        bool, typer.Option("--rivals", help="Fit lower levels of the model and adaptive emulation too.")
    ] = False,
    replications: Annotated[int, runs_option(limits.FIT_REPLICATIONS, "Runs at each point.")] = 1,
    providers: Providers = 1000,
    seed: Annotated[int, limited("--seed", limits.SMALL_SEED, "S", "Seed of the fit.")] = 1,
    out: Out = None,
    resume: Resume = False,
    workers: Workers = None,
    cluster: Cluster = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fit the model to published series, and say what they identify; held-out data are left to validate."""


@command("carespread.calibration.validate:validate", example="validate --posterior results/runs/fit")
def validate(
    posterior: Annotated[
        Path | None, folder_option("--posterior", "The folder of a fit; the newest under results/runs if not given.")
    ] = None,
    targets: Annotated[
        Path | None, folder_option("--targets", "File with the held-out data; the one that was fitted to if not given.")
    ] = None,
    external: Annotated[
        bool,
        typer.Option("--external", help="Foretell series of other sectors instead, which nothing was fitted to."),
    ] = False,
    out: Annotated[
        Path | None,
        folder_option("--out", "With --external: folder to make; results/runs/external-TIME if not given."),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Score a fit on data that it has not seen, once, beside simple curves, and on facts of the sector."""


@command("carespread.calibration.studies:studies", example="studies --quick")
def studies(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE or FOLDER]...", help="Study files, or folders of them; those that ship if none."),
    ] = None,
    study: Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this study; may be repeated.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few draws and organisations: a first look.")] = False,
    draws: Annotated[
        int | None, limited("--draws", limits.STUDY_DRAWS, "N", "Draws of the parameters; 24 if not given.")
    ] = None,
    seed: Annotated[int, limited("--seed", limits.SMALL_SEED, "N", "Seed of the random draws.")] = 1,
    prior: Prior = False,
    posterior: Posterior = None,
    out: Annotated[Path | None, folder_option("--out", "Folder to make; kept nowhere if not given.")] = None,
    resume: Resume = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Emulate published studies from their files, and set what the model says beside what they found."""


@command("carespread.experiments.journey:journey", usual="journey-{scenario}",
         example="journey --like 'small homecare in the north east that abandoned something'")  # fmt: skip
def journey(
    scenario: Scenario = "central",
    provider: Annotated[int | None, limited("--provider", limits.PROVIDER, "ID", "A provider of the run.")] = None,
    like: Annotated[
        str | None, typer.Option(metavar="WORDS", help="A description: size, setting, region, what became of it.")
    ] = None,
    types: Annotated[bool, typer.Option("--types", help="Also the typical journeys of all providers.")] = False,
    against: Annotated[
        str | None,
        typer.Option(metavar="SCENARIO", help="The same provider with the same random draws under another scenario."),
    ] = None,
    run: Run = None,
    providers: Providers = 2000,
    months: Months = None,
    seed: Seed = 1,
    set: Change = None,
    innovations: Innovations = None,
    posterior: Posterior = None,
    prior: Prior = False,
    out: Out = None,
    country: Country = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell the story of one provider, and where it diverges under another scenario."""


@command("carespread.experiments.barriers:sticking_points", name="sticking-points", usual="sticking-{scenario}",
         example="sticking-points tight --innovation dscr")  # fmt: skip
def sticking_points(
    scenario: Scenario = "central",
    run: Run = None,
    providers: Providers = 2000,
    months: Months = None,
    replications: Annotated[int, runs_option(limits.FEW_PAIRS, "Runs, each with its own seed.")] = 10,
    seed: Seed = 1,
    set: Change = None,
    innovations: Innovations = None,
    easing: Annotated[
        bool, typer.Option("--easing/--no-easing", help="Whether to ease each barrier by one step of a lever as well.")
    ] = True,
    posterior: Posterior = None,
    prior: Prior = False,
    out: Out = None,
    workers: Workers = None,
    country: Country = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find where providers get stuck, the barriers that hold them back, and what easing each would give."""


@command("carespread.experiments.optimise:optimise", usual="optimise",
         example="optimise --budget 30000000 --out results/runs/thirty-million")  # fmt: skip
def optimise(
    budget: Annotated[
        float | None, limited("--budget", limits.BUDGET, "POUNDS", "For public and providers' cost together, in GBP.")
    ] = None,
    public_budget: Annotated[
        float | None, limited("--public-budget", limits.BUDGET, "POUNDS", "For public money alone, in GBP.")
    ] = None,
    no_obligations: Annotated[
        bool, typer.Option("--no-obligations", help="Leave out what obliges providers: mandates, requirements.")
    ] = False,
    trials: Annotated[int, limited("--trials", limits.TRIALS, "T", "Portfolios to try.")] = 300,
    providers: Providers = 1000,
    seed: Annotated[int, limited("--seed", limits.SMALL_SEED, "S", "First seed of the search; fresh ones follow.")] = 1,
    posterior: Posterior = None,
    prior: Prior = False,
    out: Out = None,
    resume: Resume = False,
    workers: Workers = None,
    country: Country = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Search for the levers and target groups that give most benefit, and the smallest gap, for a budget."""


@command("carespread.experiments.rerun:rerun", example="rerun results/runs/grant")
def rerun(
    folder: Annotated[Path, typer.Argument(help="A results folder of any command.")],
    out: Annotated[
        Path | None, folder_option("--out", "Folder for what is made again; kept nowhere if not given.")
    ] = None,
    workers: Workers = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a results folder again from its record: "identical", or the columns and files that are not."""


@command("carespread.experiments.library:library", example="library --quick --out results/runs/try")
def library(
    quick: Annotated[
        bool, typer.Option("--quick", help="Few packages, organisations and months: to try the page.")
    ] = False,
    seed: Seed = 1,
    providers: Annotated[
        Any, limited("--providers", limits.PROVIDERS, "N", "Organisations of a run; 2,000, with --quick 150.")
    ] = None,
    replications: Annotated[int | None, runs_option(limits.RUNS, "Runs of a package; 20, with --quick 3.")] = None,
    posterior: Posterior = None,
    prior: Prior = False,
    out: Annotated[Path | None, folder_option("--out", "Folder to make; results/runs/library if not given.")] = None,
    resume: Resume = False,
    workers: Workers = None,
    cluster: Cluster = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run the packages of policy options of which `carespread page` makes its page."""


@command("carespread.experiments.page:page", example="page --library results/runs/library --out policy.html")
def page(
    library: Annotated[
        Path | None,
        folder_option("--library", "What carespread library made; results/runs/library if not given."),
    ] = None,
    out: Annotated[Path | None, folder_option("--out", "File to write; policy.html there if not given.")] = None,
    preset: Annotated[
        str, typer.Option("--preset", metavar="NAME", help="What it opens with: nothing, today, cheapest, gap, bought.")
    ] = "today",
    live: Annotated[
        bool, typer.Option("--live", help="Serve it on this machine, where it also runs what the library has not.")
    ] = False,
    port: Annotated[int, limited("--port", limits.PORT, "P", "Port of this machine, 1024 to 65535.")] = 8766,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the policy page: one HTML file that answers at once, with no server and no network."""


@command("carespread.experiments.list:results_list",
         example='results results/runs/grant --query "select count(*) from runs"')  # fmt: skip
def results(
    folder: Annotated[Path, typer.Argument(help="A results folder.")],
    query: Annotated[
        str | None, typer.Option(metavar="SQL", help="A question about the tables runs, monthly and left_behind.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a results folder holds, or ask it a question in SQL."""


@command("carespread.experiments.verification:verify", example="verify --case V1 --case V3")
def verify(
    cases: Annotated[
        list[str] | None, names_option("--case", "A case, such as V1 (repeatable); all if not given.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check the model's kernels against published results."""


@command("carespread.experiments.explore:explore", example="explore --port 8765")
def explore(
    port: Annotated[int, limited("--port", limits.PORT, "P", "Port of this machine, 1024 to 65535.")] = 8765,
    browser: Annotated[bool, typer.Option(help="Whether to open the browser.")] = True,
) -> None:
    """Open the students' page: the sector step by step, as a network and as curves (Mesa's SolaraViz)."""


@command("carespread.experiments.list:scenario_list", example="scenarios --json")
def scenarios(as_json: Json = False) -> None:
    """List the scenarios and their questions."""


@command("carespread.experiments.list:innovation_list", example="innovations dscr")
def innovations(
    name: Annotated[str | None, typer.Argument(help="One innovation, with its sources and grades.")] = None,
    country: Country = None,
    as_json: Json = False,
) -> None:
    """List the innovations, or show one with its sources and grades."""


@command("carespread.experiments.list:parameter_list", example="parameters --json > schema.json")
def parameters(
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON schema instead of a table.")] = False,
) -> None:
    """List parameters, levers and switches: unit, range, prior, evidence grade and source."""


@command("carespread.experiments.list:population_list", example='population --margin "organisations by sites"')
def population(
    margin: Annotated[str | None, names_option("--margin", "Show one margin, level by level.")] = None,
    country: Country = None,
    as_json: Json = False,
) -> None:
    """Compare the synthetic population with published totals, margin by margin."""


@command("carespread.experiments.provenance:evidence_list", example="evidence S022")
def evidence(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME|ID]", help="population, an innovation, a parameter, a scenario, or a source id."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Trace every number that comes from evidence to its source."""


@command("carespread.experiments.check:check_file", example="check my-scenario.toml")
def check(
    file: Annotated[Path, typer.Argument(help="A scenario, a design or an innovation, as TOML.")],
    country: Country = None,
    as_json: Json = False,
) -> None:
    """Check a scenario, design or innovation file, and say what it would run."""


def main() -> None:
    """Run the command line and leave with 0, or 2 on bad input, 1 on a failure of its own: one sentence on stderr."""
    words = sys.argv[1:]
    if words[:1] == ["--version"]:
        from importlib.metadata import version

        typer.echo(f"carespread {version('carespread')}")
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a scheduler's end is Ctrl-C to us
    try:
        code = app([] if words[:1] == ["--help"] else words, standalone_mode=False, prog_name="carespread")
    except (typer.Abort, KeyboardInterrupt):
        console.stop()
    except Exception as error:
        sentence = console.refusal(error)
        if sentence is None:
            raise
        console.say(sentence)
        raise SystemExit(console.BAD_INPUT) from None
    if code == console.STOPPED:  # Typer makes Ctrl-C an exit status
        console.stop()
    raise SystemExit(code if isinstance(code, int) else 0)
