/* ---- out of the page ---- */

const BASELINES = { "central central": "central", "tight tight": "tight", "supportive supportive": "supportive",
  "tight supportive": "tight_regulation_supportive_economy", "supportive tight": "supportive_regulation_tight_economy" };

function scenarioText() {
  const [, , regulatory, economic] = DATA.futures[state.future], group = DATA.targets[state.target][0];
  const lines = [`question = "What does this package of policy options change?"`, `start = "${DATA.begins}"`, `months = ${DATA.size.months}`,
    `regulatory = "${regulatory}"`, `economic = "${economic}"`, "", "[parameters]", ...Object.entries(DATA.funded).map(([name, value]) => `${name} = ${value.toFixed(1)}`)];
  DATA.options.forEach((option, at) => option.parts.forEach((part) => {
    const level = state.levels[at] / 100;
    if (level === 0) return;
    const number = (value) => Number(value.toPrecision(6)).toString().replace(/^(\d+)$/, "$1.0");
    lines.push("", "[[lever]]", `name = "${part.lever}"`, `strength = ${number(part.strength * (part.places ? 1 : level))}`,
      `start = "${DATA.first}"`, `end = "${DATA.last}"`, `group = "${group}"`, `take_up = ${number(part.take_up * (part.places ? level : 1))}`,
      `completion = ${number(part.completion)}`, `delay = ${part.delay}`);
  }));
  return `${lines.join("\n")}\n`;
}

function commandText() {
  const [, , regulatory, economic] = DATA.futures[state.future];
  return `carespread compare ${BASELINES[`${regulatory} ${economic}`]} package.toml --providers ${DATA.size.providers} --replications ${Math.max(2, DATA.size.replications)} --seed ${DATA.seed}`;
}

function csvText(answer) {
  const cell = (value) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  const told = [["package", packageWords()], ["for", DATA.targets[state.target][1]], ["future", DATA.futures[state.future][1]],
    ["source", answer.run ? "run with the model" : "estimated"], ["library", DATA.hash], ["results version", DATA.resultsVersion],
    ["first seed", DATA.seed], ["link", location.href.split("#")[0] + hashOf()], ...Object.entries(state.assumed).map(([name, value]) => [`assumed ${name.replaceAll("_", " ")}`, value])];
  const numbers = Object.entries(answer.numbers).map(([name, one]) => [`extra ${name}`, one.value, one.low, one.high, one.error]);
  const lines = answer.curve(state.line);
  const months = DATA.dates.map((date, t) => [date, lines.nothing[t], lines.value[t], ...lines.band[t]]);
  const levels = answer.levels.map((one) => [`${one.dimension}: ${one.level}`, one.base, one.value]);
  return [...told, [], ["number", "value", "low", "high", "error of the estimate"], ...numbers, [], ["month", "doing nothing", "package", "low", "high"], ...months,
    [], ["group", "doing nothing", "package"], ...levels].map((row) => row.map(cell).join(",")).join("\r\n");
}

/* ---- state in the link ---- */

function hashOf() {
  const words = new URLSearchParams();
  NAMES.forEach((name, at) => { if (state.levels[at]) words.set(name, state.levels[at]); });
  if (state.target) words.set("for", DATA.targets[state.target][0]);
  if (state.future) words.set("future", DATA.futures[state.future][0]);
  if (state.payer !== "total") words.set("money", state.payer);
  if (state.budget !== DATA.budget) words.set("budget", state.budget);
  if (state.worth !== null) words.set("worth", state.worth);
  if (state.line !== null) words.set("innovation", DATA.innovations[state.line].name);
  if (state.tab !== "behind") words.set("tab", state.tab);
  Object.keys(OF_ASSUMED).forEach((name) => { if (state.assumed[name] !== USUAL[name]) words.set(name, state.assumed[name]); });
  return `#${words.toString() || "nothing"}`;
}

/* What a link says, kept within the limits of its control; what is unknown or no number is left as it was. */
function readHash(hash) {
  const words = new URLSearchParams(hash.slice(1));
  const number = (name, low, high, usual) => {
    const value = words.has(name) && words.get(name) !== "" ? Number(words.get(name)) : NaN;
    return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : usual;
  };
  const place = (name, known, usual) => Math.max(known.indexOf(words.get(name)), usual);
  state.levels = NAMES.map((name) => Math.round(number(name, 0, 100, 0) / 5) * 5);
  state.target = place("for", DATA.targets.map(([name]) => name), 0);
  state.future = place("future", DATA.futures.map(([name]) => name), 0);
  state.payer = words.get("money") === "public" ? "public" : "total";
  state.budget = number("budget", 1, 100000, DATA.budget);
  state.worth = words.has("worth") ? number("worth", 0, 1e6, null) : null;
  const line = place("innovation", DATA.innovations.map((one) => one.name), -1);
  state.line = line < 0 ? null : line;
  state.tab = TABS.includes(words.get("tab")) ? words.get("tab") : "behind";
  Object.keys(OF_ASSUMED).forEach((name) => {
    const box = $(`assumed-${name}`);
    state.assumed[name] = number(name, 0, Number(box.max) / OF_ASSUMED[name], USUAL[name]);
  });
  state.assumed.delay = Math.round(state.assumed.delay);
}

/* ---- drawing everything ---- */

const TABS = Array.from(document.querySelectorAll("[role=tab]"), (tab) => tab.id.replace("tab-", ""));
let shown = null, waiting = null;

function controls() {
  const whole = moneyOf(state.levels);
  DATA.options.forEach((option, at) => {
    const input = $(`lever-${option.name}`), level = state.levels[at], words = levelWords(option, level);
    input.value = level;
    input.setAttribute("aria-valuetext", words);
    $(`level-${option.name}`).textContent = words;
    const without = () => moneyOf(state.levels.map((one, other) => (other === at ? 0 : one)));
    $(`cost-${option.name}`).textContent = level === 0 ? "" : money(whole - without(), 0, whole);
  });
  $("target").value = DATA.targets[state.target][0];
  $("future").value = DATA.futures[state.future][0];
  document.querySelectorAll("[name=payer]").forEach((one) => { one.checked = one.value === state.payer; });
  if (document.activeElement !== $("budget")) $("budget").value = state.budget;
  const worths = Array.from($("worth").options, (one) => one.value);
  if (state.worth !== null && !worths.includes(String(state.worth))) $("worth").append(el("option", { value: state.worth }, `£${plain(state.worth)}`));
  $("worth").value = state.worth ?? "";
  $("line").value = state.line === null ? "" : DATA.innovations[state.line].name;
  Object.entries(OF_ASSUMED).forEach(([name, by]) => {
    if (document.activeElement !== $(`assumed-${name}`)) $(`assumed-${name}`).value = Number((state.assumed[name] * by).toFixed(4));
  });
  document.querySelectorAll("[data-preset]").forEach((button) => {
    const { levels } = DATA.presets.find((one) => one.name === button.dataset.preset);
    button.setAttribute("aria-pressed", String(!state.target && !state.future && levels.every((one, at) => one === state.levels[at])));
  });
  const budget = state.budget * 1e6, over = whole - budget;
  $("meter").max = Math.max(budget, 1);
  $("meter").high = budget * 0.999;
  $("meter").value = Math.max(0, whole);
  $("meter-words").textContent = `${money(whole)} of ${money(budget)}: ${over > 0 ? `${money(over)} too much` : "within the budget"}.`;
}

function draw() {
  shown = SUMS.answerOf(asked(), state.assumed);
  controls();
  $("answer").textContent = answerWords(shown);
  $("package").textContent = `Package: ${packageWords()}. For ${DATA.targets[state.target][1]}; future: ${DATA.futures[state.future][1].toLowerCase()}.`;
  $("numbers").replaceChildren(...cardsOf(shown));
  $("chart").replaceChildren(chartOf(shown));
  $("falls").textContent = fallsOf(shown);
  $("sure").replaceChildren(...sureOf(shown));
  $("dots").replaceChildren(...dotsOf(shown));
  $("panel-behind").replaceChildren(...behindOf(shown));
  const drawn = { each: eachOf, places: placesOf, provider: providerOf }[state.tab];
  if (drawn) $(`panel-${state.tab}`).replaceChildren(...drawn());
  TABS.forEach((name) => {
    const chosen = name === state.tab;
    $(`tab-${name}`).setAttribute("aria-selected", String(chosen));
    $(`tab-${name}`).tabIndex = chosen ? 0 : -1;
    $(`panel-${name}`).hidden = !chosen;
  });
  $("command").textContent = commandText();
  $("scenario").textContent = scenarioText();
  clearTimeout(waiting);
  waiting = setTimeout(linked, 150);
}

/* The link follows a moment later: browsers slow down pages that change their address at every step of a slider. */
function linked() {
  history.replaceState(null, "", hashOf());
  $("link").value = location.href;
}

function changed(event) {
  const { target } = event;
  const { badInput, rangeOverflow, rangeUnderflow } = target.validity;
  const within = target.value !== "" && !badInput && !rangeOverflow && !rangeUnderflow;
  if (target.dataset.lever) state.levels[NAMES.indexOf(target.dataset.lever)] = Number(target.value);
  else if (target.dataset.assumed) {
    if (!within) return;
    state.assumed[target.dataset.assumed] = Number(target.value) / OF_ASSUMED[target.dataset.assumed];
  } else if (target.id === "budget") state.budget = within ? Math.max(1, Number(target.value)) : state.budget;
  else if (target.id === "target") state.target = target.selectedIndex;
  else if (target.id === "future") state.future = target.selectedIndex;
  else if (target.id === "worth") state.worth = target.value === "" ? null : Number(target.value);
  else if (target.id === "line") state.line = target.selectedIndex === 0 ? null : target.selectedIndex - 1;
  else if (target.name === "payer") state.payer = target.value;
  else return;
  draw();
}

function toTab(name) {
  state.tab = name;
  draw();
  $(`tab-${name}`).focus();
}

document.addEventListener("input", changed);
document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  const at = TABS.indexOf(state.tab), last = TABS.length - 1;
  const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  toTab(TABS[next]);
});
TABS.forEach((name) => $(`tab-${name}`).addEventListener("click", () => toTab(name)));
document.querySelectorAll("[data-preset]").forEach((button) => button.addEventListener("click", () => {
  state.levels = [...DATA.presets.find((one) => one.name === button.dataset.preset).levels];
  state.target = 0;
  state.future = 0;
  draw();
}));
$("copy").addEventListener("click", async () => {
  $("link").select();
  try {
    await navigator.clipboard.writeText($("link").value);
    $("copy").textContent = "Copied";
  } catch { $("copy").textContent = "Press Ctrl+C"; }
});
$("csv").addEventListener("click", () => {
  const address = URL.createObjectURL(new Blob([csvText(shown)], { type: "text/csv" }));
  el("a", { href: address, download: "carespread-package.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
});
window.addEventListener("beforeprint", () => $("panel-each").replaceChildren(...eachOf()));
$("print").addEventListener("click", () => window.print());
window.addEventListener("hashchange", () => { readHash(location.hash); draw(); });
window.addEventListener("resize", () => $("chart").replaceChildren(chartOf(shown)));
$("facts").replaceChildren(...factsOf());
if (location.hash.length > 1) readHash(location.hash);
else state.levels = [...DATA.presets.find((one) => one.name === DATA.opens).levels];
draw();
