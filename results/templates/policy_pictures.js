/* ---- pictures ---- */

function chartOf(answer) {
  const width = Math.max(280, Math.min(900, $("chart").clientWidth || 600)), height = Math.round(Math.max(240, Math.min(420, width * 0.6)));
  const left = 46, right = 128, top = 12, bottom = 46;
  const lines = answer.curve(state.line), idle = SUMS.idleOf(asked()), many = DATA.dates.length;
  const most = Math.min(1, Math.ceil(10 * Math.max(...lines.band.map((one) => one[1]), ...lines.nothingBand.map((one) => one[1])) + 0.01) / 10);
  const x = (t) => left + (t / (many - 1)) * (width - left - right), y = (share) => height - bottom - (share / most) * (height - top - bottom);
  const path = (values) => values.map((value, t) => `${t ? "L" : "M"}${x(t).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const band = (values) => `${path(values.map((one) => one[1]))}${values.map((one, t) => `L${x(t).toFixed(1)} ${y(one[0]).toFixed(1)}`).reverse().join("")}Z`;
  const ends = [lines.nothing.at(-1), lines.value.at(-1)];
  const words = `${percent(ends[1])} of organisations in ${month(DATA.dates.at(-1))} with this package, ${percent(ends[0])} doing nothing`;
  const svg = el("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Use over time: ${words}.` });
  for (let share = 0; share <= most + 1e-9; share += most > 0.5 ? 0.2 : 0.1) {
    svg.append(el("line", { class: "axis", x1: left, x2: width - right, y1: y(share), y2: y(share) }),
      el("text", { class: "soft", x: left - 6, y: y(share) + 4, "text-anchor": "end" }, percent(share)));
  }
  const years = DATA.dates.map((date) => Number(date.slice(0, 4)));
  const every = (many - 1) / 2 > 6 && width < 700 ? 2 : 1;
  DATA.dates.forEach((date, t) => {
    if (date.endsWith("-12") && (years[t] - years[0]) % every === 0) {
      svg.append(el("text", { class: "soft", x: x(t), y: height - bottom + 18, "text-anchor": "middle" }, `end ${years[t]}`.replace(width < 700 ? "end " : "", "")));
    }
  });
  const from = monthsTo(DATA.first), to = monthsTo(DATA.last) + 1;
  svg.append(el("rect", { class: "runs", x: x(from / 6), y: height - 16, width: x(to / 6) - x(from / 6), height: 4 }),
    el("text", { class: "soft", x: x(to / 6) + 6, y: height - 9 }, "options run"));
  svg.append(el("path", { class: "band-nothing", d: band(lines.nothingBand) }));
  if (!idle) svg.append(el("path", { class: "band-this", d: band(lines.band) }));
  svg.append(el("path", { class: "line-nothing", d: path(lines.nothing) }));
  if (!idle) svg.append(el("path", { class: "line-this", d: path(lines.value) }));
  let [under, over] = [y(ends[0]), y(ends[1])];
  const apart = 38 - Math.abs(under - over);
  if (!idle && apart > 0) {
    const down = under >= over ? apart / 2 : -apart / 2;
    [under, over] = [under + down, over - down];
  }
  const label = (at, name, title, share) => svg.append(
    el("text", { class: name, x: width - right + 8, y: Math.min(at, height - bottom - 10) }, title),
    el("text", { class: name, x: width - right + 8, y: Math.min(at, height - bottom - 10) + 17 }, percent(share)));
  label(under, "nothing", "doing nothing", ends[0]);
  if (!idle) label(over, "this", "this package", ends[1]);
  return svg;
}

/* Why a curve falls if nothing is done, where the reason is known. */
function fallsOf(answer) {
  const { curve } = answer.base;
  const lapsing = DATA.innovations.filter((one, at) => one.renewed && curve[0][at] - curve.at(-1)[at] > 0.05);
  return lapsing.map((one) => ` If nothing is done, use of the ${one.title} falls: it is renewed every year, and once nobody asks for it what lapses is seldom made up (an assumption: nobody publishes how many lapse).`).join("");
}

/* Months from the start to the end of the month before `date`. */
function monthsTo(date) {
  const [year, number] = date.split("-").map(Number), [first, start] = DATA.dates[0].split("-").map(Number);
  return 12 * (year - first) + number - start - 1;
}

function dotsOf(answer) {
  const { total, outcome } = answer.numbers;
  if (state.worth === null || !outcome.draws.length) return [];
  const net = outcome.draws.map((one, at) => state.worth * one - total.draws[at]).sort((a, b) => a - b);
  const fifty = Array.from({ length: 50 }, (_, at) => SUMS.quantile(net, (at + 0.5) / 50));
  const gains = fifty.filter((one) => one > 0).length, shown = [...fifty].reverse();
  const ends = [0.025, 0.975].map((share) => SUMS.quantile(net, share)), fine = (one) => money(one, 0, 0.2 * Math.max(...ends.map(Math.abs)));
  const words = `${gains} of 50 dots are gains: in ${Math.round(DATA.size.draws * shareAbove(net))} of ${DATA.size.draws} draws the package is worth more than it costs (net benefit ${fine(ends[0])}${BETWEEN}${fine(ends[1])}).`;
  const svg = el("svg", { viewBox: "0 0 520 52", role: "img", "aria-label": words });
  shown.forEach((one, at) => svg.append(el("circle", { class: one > 0 ? "dot" : "dot loss", cx: 14 + 20.4 * (at % 25), cy: at < 25 ? 14 : 38, r: 7 })));
  return [svg, el("p", {}, words)];
}

function tableOf(heads, rows) {
  return el("table", {},
    el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, ...rows.map(([first, ...cells]) => el("tr", {}, el("th", { scope: "row" }, first), ...cells.map((cell) => el("td", {}, cell))))));
}

const DIMENSIONS = { size: "By size", setting: "By setting", region: "By region" };

function behindOf(answer) {
  const most = answer.levels.reduce((one, other) => (other.value < one.value ? other : one));
  const gains = answer.levels.map((one) => one.value - one.base), idle = SUMS.idleOf(asked());
  const least = answer.levels[gains.indexOf(Math.min(...gains))], points = (share) => signed(Math.round(100 * share));
  const error = answer.run || idle ? "Run with the model." : `Estimated: each share ±${THIN}${plain(Number((196 * answer.levels[0].error).toPrecision(1)))} points.`;
  const line = idle ? `Fewest use an innovation here: ${most.level}, ${percent(most.value)}.`
    : `Fewest use an innovation here: ${most.level}, ${percent(most.value)}. Least is gained here: ${least.level}, ${points(least.value - least.base)} points.`;
  const dots = (one) => {
    const at = (share) => 8 + 68 * share;
    return el("svg", { viewBox: "0 0 84 16", "aria-hidden": "true" }, el("line", { class: "axis", x1: 8, x2: 76, y1: 8, y2: 8 }),
      el("circle", { class: "hollow", cx: at(one.base), cy: 8, r: 5 }), idle ? null : el("circle", { class: "dot", cx: at(one.value), cy: 8, r: 5 }));
  };
  const groupOf = (own, name) => el("div", { class: "group" }, tableOf(
    [DIMENSIONS[name], "nothing", "package", "points", `0 to 100${THIN}%`.replaceAll(" ", THIN)],
    own.map((one) => [one.level, percent(one.base), percent(one.value), points(one.value - one.base), dots(one)]),
  ));
  const parts = Object.keys(DIMENSIONS).map((name) => groupOf(answer.levels.filter((one) => one.dimension === name), name));
  return [el("p", {}, line), el("p", { class: "error" }, `${error} At the end, mean of all innovations; open circle: doing nothing.`), ...parts];
}

function eachOf() {
  const rows = DATA.options.map((option, at) => {
    const levels = NAMES.map((_, other) => (other === at ? 100 : 0)), answer = SUMS.answerOf(asked(levels), state.assumed);
    const { uses, total } = answer.numbers, clear = uses.value > 0 && shareAbove(uses.draws) >= 0.95;
    return { option, uses, total, clear, cost: clear ? total.value / uses.value : Infinity };
  }).sort((one, other) => one.cost - other.cost);
  return [
    el("p", {}, "Each option alone, at its most, for whom and in the future chosen. Cheapest first."),
    tableOf(["option", "eases", "extra uses", "£ per extra use"], rows.map((one) => {
      const paid = one.total.low < 0 && one.total.high > 0 ? "not told apart from 0"
        : `£${whole(one.cost, one.total.low / one.uses.high, one.total.high / one.uses.low)}`;
      return [one.option.title, one.option.eases, span(one.uses, whole), one.clear ? paid : "no clear gain"];
    })),
    el("p", { class: "error" }, "A gain is clear where 95 of 100 draws have it. Present value of public and provider money over extra uses at the end. Strengths and unit costs of options are assumptions (grade D): read the order, not the amounts."),
  ];
}

const OF_ERRORS = { uses: ["extra uses", whole], outcome: ["person-months", whole], public: ["public cost", money],
  provider: ["provider cost", money], total: ["cost in all", money], levels: ["share of a group", (share) => `${(100 * share).toFixed(1)} points`], exits: ["closures", whole] };

function factsOf() {
  const { errors } = DATA;
  const rows = Object.entries(OF_ERRORS).map(([name, [words, form]]) => [words, form(errors.by[name][0], 0, 2 * errors.by[name][0]), `${errors.by[name][1]}${THIN}%`]);
  const ordered = errors.pairs ? ` Of ${errors.pairs} pairs of these that runs tell apart, ${errors.ordered} are in the right order.` : "";
  return [
    el("h3", {}, "How good are estimates?"),
    el("p", {}, `Packages that were not run are estimated from those that were. Checked on ${errors.kept} packages that no estimate had seen.${ordered}`),
    tableOf(["typical error", "in its unit", "of the usual effect"], rows),
    el("h3", {}, "What lies behind"),
    el("p", {}, `${DATA.grounds} ${DATA.packages.target.length} packages, ${DATA.size.replications} runs each of ${plain(DATA.size.providers)} organisations that stand for ${plain(DATA.organisations)}, ${DATA.size.months} months; draws: ${DATA.size.draws}. Prices of ${DATA.prices}.`),
    el("div", { class: "screen" }, el("h3", {}, "Options at their most"),
      el("p", {}, "Strengths, take-up and unit costs are assumptions (grade D)."),
      tableOf(["option", "at its most"], DATA.options.map((one) => [one.title, levelWords(one, 100)]))),
  ];
}
