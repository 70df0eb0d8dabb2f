// Drawing with uPlot: colours of the page, its width, and a new drawing when either changes.

const VENDOR = "/static/vendor";

// Whoever opens a page sees it before anything is drawn.
export function painted() {
  const shown = new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const late = new Promise((done) => setTimeout(done, 500)); // a page in the background is not shown
  return Promise.race([shown, late]);
}

function load(element) {
  return new Promise((done, failed) => {
    element.addEventListener("load", done);
    element.addEventListener("error", () => failed(new Error("a library could not be loaded")));
    document.head.append(element);
  });
}

export async function loadPlots() {
  await painted();
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${VENDOR}/uplot.min.css` });
  const script = Object.assign(document.createElement("script"), { src: `${VENDOR}/uplot.min.js` });
  await Promise.all([load(style), load(script)]);
}

export async function loadMolecules() {
  await painted();
  await load(Object.assign(document.createElement("script"), { src: `${VENDOR}/3dmol.min.js` }));
}

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export async function fetchJson(address, how = {}) {
  const answer = await fetch(address, how);
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.detail ?? answer.statusText);
  return found;
}

// Says below a plot, in words, why there is none.
export function sayInstead(place, text) {
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = text;
  place.replaceChildren(hint);
}

function axis(label, more = {}) {
  const font = '12px system-ui, "Liberation Sans", sans-serif';
  const grid = { stroke: colour("line"), width: 1 };
  const ticks = { stroke: colour("line"), width: 1, size: 4 };
  const stroke = colour("soft");
  return { label, font, labelFont: font, labelSize: 20, labelGap: 2, stroke, grid, ticks, ...more };
}

// Draws, and draws anew when colours change; `describe` makes series, scales and hooks.
export function draw(place, data, describe) {
  let chart = null;
  const size = () => ({ width: place.clientWidth, height: place.clientHeight });
  const make = () => {
    chart?.destroy();
    place.replaceChildren();
    const { labels, x = {}, y = {}, ...more } = describe();
    const base = {
      ...size(),
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      axes: [axis(labels[0], { size: 30, labelSize: 18, ...x }), axis(labels[1], { size: 54, ...y })],
      padding: [8, 12, 0, 0],
    };
    chart = new window.uPlot({ ...base, ...more }, data, place);
  };
  make();
  new ResizeObserver(() => chart.setSize(size())).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", make);
  return { get chart() { return chart; }, remake(fresh) { data = fresh; make(); } };
}

// Bars between edges: a point at the left edge of each, as uPlot wants it.
export function bars(edges, counts) {
  return [edges, [...counts, null]];
}

export function barSeries() {
  const blue = colour("plot-1");
  const paths = window.uPlot.paths.bars({ size: [1, Infinity], gap: 0, align: 1 });
  return { paths, fill: `color-mix(in srgb, ${blue} 55%, transparent)`, stroke: blue, width: 0, points: { show: false } };
}

export function dotSeries(name, size = 5) {
  const found = colour(name);
  return { paths: () => null, points: { show: true, size, width: 0, fill: found, stroke: found }, stroke: found };
}

export function lineSeries(name, width = 1.75) {
  return { stroke: colour(name), width, points: { show: false } };
}

// A line over the whole height, for a hook that draws.
export function verticalLine(chart, value, name, dash = []) {
  const { ctx, bbox } = chart;
  const x = chart.valToPos(value, "x", true);
  ctx.save();
  ctx.strokeStyle = colour(name);
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

// Short enough for a caption.
export function short(value, digits = 4) {
  return Number(value.toPrecision(digits)).toString();
}
