/* Places, and one provider: only what the library holds of them. */

const SHADES = 5;

function placesOf() {
  const { places } = DATA;
  if (!places) return [el("p", {}, "The whole sector was not run for this page, so it says nothing of places.")];
  const words = [el("p", {}, places.says)];
  if (!places.shown) return words;
  const side = 24, low = Math.min(...places.share), range = Math.max(...places.share) - low || 1;
  const shade = (share) => Math.min(SHADES - 1, Math.floor((SHADES * (share - low)) / range));
  const tileOf = (name, at) => el("rect", { class: places.clear[at] ? `tile shade-${shade(places.share[at])}` : "tile",
    x: places.x[at] * side + 1, y: places.y[at] * side + 1, width: side - 2, height: side - 2 },
  el("title", {}, `${name}: ${percent(places.share[at])}${places.clear[at] ? "" : ", not told apart from England"}`));
  const map = el("svg", { viewBox: `0 0 ${places.columns * side} ${places.rows * side}`, role: "img", class: "tiles",
    "aria-label": "A tile for each council, darker where more organisations use an innovation; the table holds the same." }, ...places.names.map(tileOf));
  const key = (x, name, words) => [el("rect", { class: name, x, y: 4, width: 16, height: 16 }), el("text", { class: "soft", x: x + 22, y: 17 }, words)];
  const legend = el("svg", { viewBox: `0 0 ${places.columns * side} 24`, "aria-hidden": "true", class: "tiles" }, ...key(0, "tile shade-0", percent(low)),
    ...key(78, `tile shade-${SHADES - 1}`, `${percent(low + range)} use one`), ...key(210, "tile", "not told apart"));
  const order = places.names.map((_, at) => at).sort((one, other) => places.share[one] - places.share[other]);
  const table = tableOf(["council, fewest first", "nothing new is done", "told apart from England"],
    order.map((at) => [places.names[at], percent(places.share[at]), places.clear[at] ? "yes" : "no"]));
  return [...words, legend, map, el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Councils in order" }, table)];
}

function providerOf() {
  const { story } = DATA, pulled = DATA.options.filter((_, at) => state.levels[at] > 0);
  if (!story) return [el("p", {}, "This page holds no provider's story.")];
  const told = pulled.map((option) => el("li", {}, el("b", {}, `${option.title}. `), `${story.options[option.name].verdict} ${story.options[option.name].first}`));
  return [el("p", {}, story.nothing[0]), el("p", {}, `If nothing new is done: ${story.nothing.at(-1)}`),
    el("h3", {}, "With each option of the package, alone and at its most"),
    told.length ? el("ul", {}, ...told) : el("p", {}, "Choose an option to see what it would change."),
    el("details", {}, el("summary", {}, "What happens on the way, if nothing new is done"), ...story.nothing.slice(1, -1).map((text) => el("p", {}, text))),
    el("p", { class: "error" }, "One provider in one run of the model, with the same random draws throughout: not a real provider.")];
}
