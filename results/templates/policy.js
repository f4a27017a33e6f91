/* The policy page: controls, words and pictures. Every text is set as text, never as HTML. */
const DATA = JSON.parse(document.getElementById("data").textContent);
const SUMS = sumsOf(DATA);
const $ = (id) => document.getElementById(id);
const NAMES = DATA.options.map((one) => one.name);
const USUAL = { ...DATA.assumed, unit_cost: 1 };
const OF_ASSUMED = { cost_rate: 100, benefit_rate: 100, optimism_bias: 100, take_up: 100, delay: 1, unit_cost: 1 };
const state = { levels: NAMES.map(() => 0), target: 0, future: 0, payer: "total", budget: DATA.budget, worth: null,
  line: null, tab: "behind", assumed: { ...USUAL } };
const MINUS = "\u2212\u2060", BETWEEN = " to ", THIN = "\u00a0";

function el(tag, given, ...kids) {
  const svg = ["svg", "path", "line", "text", "circle", "rect", "g", "title"].includes(tag);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  Object.entries(given || {}).forEach(([name, value]) => made.setAttribute(name, value));
  made.append(...kids.filter((kid) => kid !== null && kid !== undefined));
  return made;
}

/* ---- words ---- */

/* As results/words.py: rounded has it. */
function rounded(value, low, high) {
  if (value === 0 || !Number.isFinite(value)) return value;
  const half = (high - low) / 2, digit = Math.floor(Math.log10(Math.abs(value)));
  const to = (place) => { const step = 10 ** place; return Math.round(value / step) * step; };
  if (!(half > 0)) return to(digit - 2);
  const place = Math.floor(Math.log10(half));
  return to(low < 0 && high > 0 ? place : Math.min(place, digit));
}

function plain(value) {
  const size = Math.abs(value);
  const text = size.toLocaleString("en-GB", { maximumSignificantDigits: size >= 1000 ? 15 : 6 });
  return (value < 0 && size > 0 ? MINUS : "") + text;
}

const signed = (value) => (value > 0 ? "+" : "") + plain(value);

function scaleOf(size) {
  if (size >= 1e9) return [1e9, `${THIN}billion`];
  return size >= 1e6 ? [1e6, `${THIN}million`] : [1, ""];
}

function money(value, low, high) {
  const [over, unit] = scaleOf(Math.max(Math.abs(value), Math.abs(low ?? 0), Math.abs(high ?? 0)));
  const size = rounded(value / over, (low ?? value) / over, (high ?? value) / over);
  return `${size < 0 ? MINUS : ""}£${plain(Math.abs(size))}${unit}`;
}

const span = (one, words) => words(one.low, one.low, one.high) + BETWEEN + words(one.high, one.low, one.high);
const whole = (value, low, high) => plain(Math.round(rounded(value, low, high)));
const percent = (share) => `${(100 * share).toFixed(0)}${THIN}%`;

function month(date) {
  const [year, number] = date.split("-").map(Number);
  return `${new Date(Date.UTC(year, number - 1)).toLocaleString("en-GB", { month: "long", timeZone: "UTC" })} ${year}`;
}

/* Digits where the error of an estimate allows them, a range where it does not. */
const vague = (one) => one.error > 0.1 * Math.abs(one.value);

function errorWords(change, one, words) {
  if (change.run) return "Run with the model.";
  return `Estimated, ±${THIN}${words(1.96 * one.error, 0, 2 * 1.96 * one.error)}${vague(one) ? ": no more than a range" : ""}.`;
}

function levelWords(option, level) {
  if (level === 0) return "off";
  const value = (option.most * level) / 100;
  return `${plain(Number(value.toPrecision(3)))} ${option.unit}`;
}

function packageWords() {
  const pulled = DATA.options.filter((_, at) => state.levels[at] > 0);
  if (!pulled.length) return "Do nothing";
  return pulled.map((one) => `${one.title.toLowerCase()}: ${levelWords(one, state.levels[NAMES.indexOf(one.name)])}`).join("; ");
}

/* ---- what is asked, and the answer ---- */

const asked = (levels = state.levels) => ({ levels: levels.map((one) => one / 100), target: state.target, future: state.future });

/* What is paid in all, or by the public: present value. */
function moneyOf(levels) {
  const worth = SUMS.appraised(SUMS.changeOf(asked(levels)).blocks, state.assumed);
  return worth.programme + worth.handed_on + worth.wages + (state.payer === "total" ? worth.provider : 0);
}

function answerWords(answer) {
  const lines = answer.curve(null), end = month(DATA.dates.at(-1)), nothing = percent(lines.nothing.at(-1));
  if (SUMS.idleOf(asked())) {
    return `If nothing new is done, on average ${nothing} of organisations use an innovation in ${end}.`;
  }
  const { uses, total, provider } = answer.numbers;
  const share = total.value > 0 && provider.value > 0 ? Math.min(1, provider.value / total.value) : null;
  const gained = vague(uses) ? span(uses, whole) : whole(Math.abs(uses.value), uses.low, uses.high);
  const more = vague(uses) ? "extra" : uses.value < 0 ? "fewer" : "more";
  const cost = vague(total) ? span(total, money) : money(total.value, total.low, total.high);
  const payer = share === null ? "" : `, of which providers pay ${percent(share)}`;
  return `In ${end}, on average ${percent(lines.value.at(-1))} of organisations use an innovation, against ${nothing} if nothing is done: ${gained} ${more} uses, for ${cost}${payer}.`;
}

function card(title, big, ...lines) {
  return el("div", { class: "card" }, el("h2", {}, title), el("p", { class: "big" }, big),
    ...lines.filter(Boolean).map((line, at) => el("p", { class: at === lines.length - 1 ? "error" : "" }, line)));
}

function cardsOf(answer) {
  const { uses, outcome, total } = answer.numbers, idle = SUMS.idleOf(asked());
  const possible = DATA.organisations * DATA.innovations.length, known = answer.base.uses.reduce((a, b) => a + b, 0);
  const nothing = SUMS.present(answer.base.yearly[0], state.assumed.benefit_rate);
  const share = (value) => (100 * value) / nothing;
  const shares = { value: share(outcome.value), low: share(outcome.low), high: share(outcome.high), error: share(outcome.error) };
  const percents = (value, low, high) => `${whole(value, low, high)}${THIN}%`;
  const big = (one, words) => (vague(one) ? span(one, words) : (one.value > 0 ? "+" : "") + words(one.value, one.low, one.high));
  const under = (one, words) => (vague(one) ? "" : `${span(one, words)}.`);
  const split = (name, words) => {
    const one = answer.numbers[name];
    return `${words} ${vague(one) ? span(one, money) : money(one.value, one.low, one.high)}`;
  };
  const ends = month(DATA.dates.at(-1));
  if (idle) {
    return [
      card(`Uses in ${ends}`, plain(rounded(known, 0, 0.02 * known)), `Of ${plain(rounded(possible))} possible.`, "Doing nothing: run with the model."),
      card("Person-months of full benefit", plain(rounded(nothing, 0, 0.02 * nothing)), "Present value.", "All else is counted from here."),
      card("Cost", "£0", "Nothing new is spent.", "Run with the model."), gapCard(answer),
    ];
  }
  return [
    card(`Extra uses in ${ends}`, big(uses, whole), under(uses, whole), `Of ${plain(rounded(possible))} possible; ${plain(rounded(known))} if nothing is done.`, errorWords(answer, uses, whole)),
    card("Person-months of full benefit, against doing nothing", big(shares, percents), `${span(outcome, whole)} person-months.`, errorWords(answer, shares, percents)),
    card("Cost in all, present value", big(total, money), under(total, money), `${split("public", "Public")}; ${split("provider", "providers")}.`, errorWords(answer, total, money)),
    gapCard(answer),
  ];
}

function gapCard(answer) {
  const title = "Gap between larger and small organisations", base = answer.base.gap;
  const idle = SUMS.idleOf(asked());
  const points = (value) => `${plain(Number(value.toFixed(1)))} points`;
  if (!answer.gap) {
    return card(title, "Not known", `${points(base)} if nothing is done.`, "This package was not run, and a gap cannot be estimated well enough. Named packages were run.");
  }
  const [value, change, half] = answer.gap;
  if (idle) return card(title, points(base), "Points by which 50 staff or more use it more.", "Run with the model.");
  const told = Math.abs(change) > half;
  return card(title, points(value), `${points(base)} if nothing is done. Change ${told ? "" : "not told apart from chance: "}${plain(Number((change - half).toFixed(1)))}${BETWEEN}${points(change + half)}.`, "Run with the model.");
}

const shareAbove = (draws) => draws.filter((one) => one > 0).length / draws.length;

function sureOf(answer) {
  const { uses, outcome, total } = answer.numbers, many = DATA.size.draws;
  if (!uses.draws.length) return [el("p", {}, "Doing nothing is what all else is compared with.")];
  const [gains, benefit] = [uses, outcome].map((one) => Math.round(many * shareAbove(one.draws)));
  const lines = [`In ${gains} of ${many} draws of what is uncertain it brings more uses than doing nothing; in ${benefit} more benefit.`];
  const worths = outcome.draws.map((one, at) => (one > 0 ? Math.max(total.draws[at], 0) / one : Infinity));
  const [low, high] = [SUMS.quantile(worths, 0.025), SUMS.quantile(worths, 0.975)];
  if (total.value <= 0) lines.push("It saves money on average: it pays for itself at any worth.");
  else if (outcome.value <= 0) lines.push("No clear gain: no worth of benefit pays for it.");
  else {
    const even = total.value / outcome.value;
    const ended = Number.isFinite(high), top = ended ? high : 2 * even;
    const range = money(low, low, top) + (ended ? BETWEEN + money(high, low, high) : " or more");
    const words = vague(total) || vague(outcome) ? range : `${money(even, low, top)} (${range})`;
    lines.push(`A person-month of full benefit must be worth ${words} for the package to pay for itself${ended ? "" : "; in some draws no worth is enough"}.`);
  }
  return lines.map((line) => el("p", {}, line));
}
