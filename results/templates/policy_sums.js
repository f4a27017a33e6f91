"use strict";
/* The sums of the policy page: what a package changes, from the arrays that Python fitted. No word and no picture here.
   estimate() is results/page/emulator.py: estimate, drawsOf() is results/page/draws.py: Draws.of; tests compare them. */
const MONEY = ["outcome", "programme", "handed_on", "wages", "provider"];

function sumsOf(data) {
  const { packages, emulator, draws } = data;
  const targets = data.targets.length;
  const inputsOf = (p) => [
    ...p.levels, ...data.targets.map((_, at) => Number(at === p.target)), ...data.futureAt[p.future],
  ];
  const every = packages.levels.map((levels, at) => ({
    levels: levels.map((level) => level / 100), target: packages.target[at], future: packages.future[at],
  }));
  const keyOf = (p) => [...p.levels.map((level) => Math.round(100 * level)), p.target, p.future].join(" ");
  const idleOf = (p) => p.levels.every((level) => level === 0);
  const rows = new Map(every.map((p, at) => [keyOf(p), at]));
  const kept = new Set(packages.kept);
  const seen = every.filter((_, at) => !kept.has(at)).map(inputsOf);

  function rowOf(p) {
    return rows.get(keyOf(idleOf(p) ? { ...p, target: 0 } : p));
  }

  function termsOf(p) {
    return p.levels.flatMap((u) => {
      const own = Array.from({ length: targets }, (_, at) => (at === p.target ? u : 0));
      return [...own, ...own.map((value) => value * u), ...data.futureAt[p.future].map((value) => value * u)];
    });
  }

  function estimate(p) {
    if (idleOf(p)) return emulator.parts.map(() => 0);
    const x = inputsOf(p), terms = termsOf(p);
    return emulator.parts.map((part) => {
      let sum = 0;
      for (let j = 0; j < terms.length; j += 1) sum += terms[j] * part.terms[j];
      for (let i = 0; i < seen.length; i += 1) {
        let apart = 0;
        for (let d = 0; d < x.length; d += 1) {
          const step = (x[d] - seen[i][d]) * part.widths[d];
          apart += step * step;
        }
        sum += part.weights[i] * Math.exp(-apart / 2);
      }
      return sum;
    });
  }

  function blockOf(name, scores) {
    const { first, basis } = emulator.blocks[name];
    const made = new Array(basis[0].length).fill(0);
    basis.forEach((row, k) => row.forEach((value, at) => { made[at] += scores[first + k] * value; }));
    return made;
  }

  /* What a package changes against doing nothing in the same future, and whether it was run or is estimated. */
  function changeOf(p) {
    const row = rowOf(p);
    const scores = row === undefined ? estimate(p) : packages.scores[row];
    const blocks = Object.fromEntries(Object.keys(emulator.blocks).map((name) => [name, blockOf(name, scores)]));
    const gap = row === undefined ? null : packages.gap[row];
    return { blocks, run: row !== undefined, gap, told: row === undefined ? null : packages.clear[row] };
  }

  /* Take in a package that was run since, levels in hundredths. */
  function add({ levels, target, future }, { scores, gap, clear }) {
    const row = packages.levels.push(levels) - 1;
    packages.scores[row] = scores;
    packages.gap[row] = gap;
    packages.clear[row] = clear;
    rows.set(keyOf({ levels: levels.map((level) => level / 100), target, future }), row);
  }

  function weightsOf(levels) {
    const middle = draws.nodes[0];
    return levels.map((level) => {
      const high = Math.max(level - middle, 0) / (1 - middle);
      return level > middle ? [1 - high, high] : [Math.min(level, middle) / middle, 0];
    });
  }

  /* Draws of a package whose sums over all years are `totals`, one for each of draws.measures. */
  function drawsOf(levels, totals) {
    const weights = weightsOf(levels), many = draws.deviations[0][0].length;
    const sums = totals.map(() => 0);
    const made = Array.from({ length: many }, () => totals.map(() => 0));
    weights.forEach((own, option) => own.forEach((weight, node) => {
      if (weight === 0) return;
      draws.means[option][node].forEach((value, m) => { sums[m] += weight * value; });
      draws.deviations[option][node].forEach((one, d) => one.forEach((value, m) => { made[d][m] += weight * value; }));
    }));
    const scale = totals.map((total, m) => (sums[m] * total > 0 ? Math.min(total / sums[m], draws.mostScaled) : 1));
    return made.map((one) => one.map((value, m) => totals[m] + value * scale[m]));
  }

  function present(yearly, rate) {
    return yearly.reduce((sum, value, year) => sum + value / (1 + rate) ** year, 0);
  }

  function delayed(yearly, years) {
    return yearly.map((_, year) => (year < years ? 0 : yearly[year - years]));
  }

  /* Present values by name of MONEY, as results/statistics/appraisal.py: appraised has them. */
  function appraised(blocks, assumed) {
    const made = {};
    MONEY.forEach((name) => {
      const benefit = name === "outcome";
      const yearly = benefit ? delayed(blocks[name], assumed.delay) : blocks[name];
      const bias = name === "programme" ? (1 + assumed.optimism_bias) * assumed.unit_cost : 1;
      made[name] = assumed.take_up * bias * present(yearly, benefit ? assumed.benefit_rate : assumed.cost_rate);
    });
    return made;
  }

  const sum = (values) => values.reduce((total, value) => total + value, 0);

  function quantiles(values, ...shares) {
    const sorted = Float64Array.from(values).sort();
    return shares.map((share) => {
      const at = share * (sorted.length - 1), low = Math.floor(at), step = at - low;
      return step ? sorted[low] + step * (sorted[low + 1] - sorted[low]) : sorted[low];
    });
  }

  const quantile = (values, share) => quantiles(values, share)[0];

  /* The error of an estimate as five equally likely steps with its standard deviation. */
  const STEPS = [-1.4634, -0.5988, 0, 0.5988, 1.4634];

  /* Draws with the error of an estimate in them; `stride` gives each number an order of its own. */
  function spread(own, error, stride) {
    if (error === 0) return own;
    return own.flatMap((value) => STEPS.map((_, at) => value + error * STEPS[(at * stride) % STEPS.length]));
  }

  /* All that the page says of a package: values, ranges that hold 95 % of draws and the error of an estimate, draws. */
  function answerOf(p, assumed) {
    const change = changeOf(p), { blocks } = change;
    const base = data.base[data.futures[p.future][0]];
    const worth = appraised(blocks, assumed);
    const totals = draws.measures.map((name) => sum(blocks[name]));
    const ratios = draws.measures.map((name, m) => {
      if (name === "uses") return assumed.take_up;
      const ratio = worth[name] / totals[m];
      return Number.isFinite(ratio) && ratio > 0 ? ratio : assumed.take_up;
    });
    const drawn = idleOf(p) ? [] : drawsOf(p.levels, totals);
    const at = (name) => draws.measures.indexOf(name);
    const drawnOf = (names) => drawn.map((one) => sum(names.map((name) => one[at(name)] * ratios[at(name)])));
    const errorOf = (name, ratio) => (change.run ? 0 : data.errors.by[name][0] * ratio);

    function number(names, error, ratio, stride) {
      const value = sum(names.map((name) => (name === "uses" ? sum(blocks.uses) * assumed.take_up : worth[name])));
      const alone = drawnOf(names), off = errorOf(error, ratio), own = spread(alone, off, stride);
      const [low, high] = own.length ? quantiles(own, 0.025, 0.975) : [value, value];
      return { value, low, high, error: off, draws: own, alone };
    }
    const bias = ratios[at("programme")];
    const numbers = {
      uses: number(["uses"], "uses", assumed.take_up, 1),
      outcome: number(["outcome"], "outcome", ratios[at("outcome")], 2),
      public: number(["programme", "handed_on", "wages"], "public", bias, 3),
      provider: number(["provider"], "provider", ratios[at("provider")], 3),
      total: number(["programme", "handed_on", "wages", "provider"], "total", ratios[at("provider")], 3),
    };
    return { ...change, base, numbers, curve: curveOf(p, change, base, numbers.uses, assumed), levels: levelsOf() };

    function levelsOf() {
      const off = errorOf("levels", 1);
      return data.levelNames.map(([dimension, level], k) => ({
        dimension, level, base: base.levels[k], error: off,
        value: Math.min(1, Math.max(0, base.levels[k] + assumed.take_up * blocks.levels[k])),
      }));
    }
  }

  /* Share of organisations by half year, mean over the innovations or one of them: doing nothing and the package. */
  function curveOf(p, change, base, uses, assumed) {
    const periods = data.dates.length, many = data.innovations.length;
    const meanAt = (row, one) => (one === null ? sum(row) / many : row[one]);
    return (one) => {
      const nothing = base.curve.map((row) => meanAt(row, one));
      const gained = Array.from({ length: periods }, (_, t) => (t === 0 ? 0
        : assumed.take_up * meanAt(change.blocks.curve.slice((t - 1) * many, t * many), one)));
      const clip = (value) => Math.min(1, Math.max(0, value));
      const own = draws.nothing.map((draw) => draw.map((row) => meanAt(row, one)));
      const middle = nothing.map((_, t) => sum(own.map((draw) => draw[t])) / own.length);
      const factor = own.map((_, d) => (uses.alone.length && uses.value ? uses.alone[d] / uses.value : 1));
      const offs = nothing.map((_, t) => (change.run || t === 0 ? 0 : data.errors.curve[t - 1] * assumed.take_up));
      const band = (values, errors) => nothing.map((_, t) => {
        const all = spread(own.map((draw, d) => nothing[t] + draw[t] - middle[t] + values(d, t)), errors[t], 1);
        return quantiles(all, 0.025, 0.975).map(clip);
      });
      return {
        nothing, nothingBand: band(() => 0, nothing.map(() => 0)),
        value: nothing.map((value, t) => clip(value + gained[t])),
        band: band((d, t) => factor[d] * gained[t], offs),
      };
    };
  }

  return { add, changeOf, estimate, blockOf, drawsOf, answerOf, appraised, present, quantile, idleOf, rowOf, sum };
}
