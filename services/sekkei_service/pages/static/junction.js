// A junction in three dimensions, its conductance trace and its T(E): one frame in all three.
import { colour, dotSeries, draw, fetchJson, lineSeries, loadMolecules, loadPlots, sayInstead, short, verticalLine } from "/static/plot.js";

const root = document.getElementById("junction");
const slider = document.getElementById("frame");
const words = document.getElementById("frame-words");
const at = root.dataset.at ? `&at=${root.dataset.at}` : "";
const spectra = new Map();
let frames = [];
let traces = { label: [], prediction: [] };
let viewer = null;
let trace = null;
let spectrum = null;
let current = -1;

// Number of atoms, header, atoms: the header names the snapshot.
function readFrames(text) {
  const lines = text.split("\n");
  const found = [];
  for (let start = 0; start + 2 < lines.length; ) {
    const n = Number(lines[start]);
    if (!n) break;
    const told = (name) => lines[start + 1].match(new RegExp(`(?:^|\\s)${name}="?([^\\s"]+)`))?.[1];
    const number = (name) => (told(name) === undefined ? null : Number(told(name)));
    const atoms = lines.slice(start + 2, start + 2 + n).map((line) => {
      const [elem, x, y, z] = line.trim().split(/\s+/);
      return { elem, x: Number(x), y: Number(y), z: Number(z), bonds: [], bondOrder: [] };
    });
    found.push({ atoms, snapshot: told("snapshot"), frame: number("frame") ?? found.length, displacement: number("displacement_angstrom"), stage: told("stage") ?? "" });
    start += 2 + n;
  }
  return found.sort((a, b) => a.frame - b.frame);
}

async function rows(table) {
  return (await fetchJson(`/v1/lake/rows?table=${table}&${root.dataset.trace}`)).rows;
}

const byElement = () => window.$3Dmol.elementColors.Jmol;

// Transport runs along z: shown from left to right.
function showView() {
  viewer.setBackgroundColor(colour("sunk"));
  viewer.zoomTo();
  viewer.rotate(90, "y");
  viewer.rotate(14, "vx");
  viewer.rotate(8, "vy");
  const place = document.getElementById("viewer");
  // The last frames of a pulling are longer than the first.
  viewer.zoom(Math.min(1.1, (0.57 * place.clientWidth) / place.clientHeight));
  viewer.render();
}

function makeViewer(place) {
  place.replaceChildren();
  viewer = window.$3Dmol.createViewer(place, { backgroundColor: colour("sunk"), antialias: true });
  const model = viewer.addModel();
  model.addFrame(frames[0].atoms);
  for (const frame of frames.slice(1)) model.addFrame(frame.atoms);
  model.setFrame(0);
  viewer.setStyle({}, { sphere: { scale: 0.72, colorscheme: { prop: "elem", map: byElement() } } });
  showView();
}

function points(found) {
  const kept = found.filter((row) => row.conductance_g0 !== null && row.displacement_angstrom !== null);
  return kept.sort((a, b) => a.frame - b.frame);
}

// One column of displacements in the order of frames, and of each source where it has one.
function traceData() {
  const shown = frames.filter((frame) => frame.displacement !== null);
  const of = (source) => new Map(points(traces[source]).map((row) => [row.snapshot, row.conductance_g0]));
  const [label, prediction] = [of("label"), of("prediction")];
  const order = shown.toSorted((a, b) => a.displacement - b.displacement);
  const value = (known) => order.map((frame) => known.get(frame.snapshot) ?? null);
  const here = order.map((frame) => (frame === frames[current] ? (label.get(frame.snapshot) ?? prediction.get(frame.snapshot) ?? 0) : null));
  return { order, data: [order.map((frame) => frame.displacement), value(prediction), value(label), here] };
}

function drawTrace(place) {
  const made = traceData();
  if (!made.order.length || !(traces.label.length || traces.prediction.length)) {
    return sayInstead(place, "No conductance of this stroke is known.");
  }
  const follow = (chart) => {
    chart.over.addEventListener("click", () => {
      const x = chart.posToVal(chart.cursor.left, "x");
      const distance = (frame) => Math.abs((frame.displacement ?? Infinity) - x);
      show(frames.reduce((best, frame, i) => (distance(frame) < distance(frames[best]) ? i : best), 0));
    });
  };
  trace = draw(place, made.data, () => ({
    labels: ["displacement / Å", "conductance / G₀"],
    scales: { x: { time: false }, y: { range: (_u, _low, high) => [0, high * 1.08 || 1] } },
    series: [{}, { ...lineSeries("plot-3"), spanGaps: true }, dotSeries("plot-1", 6), dotSeries("plot-2", 11)],
    hooks: { ready: [follow], draw: [cursorLine] },
  }));
}

// A line at the frame that is shown, even where nothing is known of it.
function cursorLine(chart) {
  const x = frames[current]?.displacement;
  if (x !== null && x !== undefined) verticalLine(chart, x, "plot-2");
}

function labelOf(frame) {
  const own = traces.label.filter((row) => row.snapshot === frame.snapshot);
  return own.find((row) => row.key === root.dataset.label) ?? own[0];
}

async function spectrumOf(key) {
  if (!spectra.has(key)) spectra.set(key, fetchJson(`/v1/lake/rows/${key}/spectrum?${at}`));
  return spectra.get(key);
}

async function drawSpectrum(frame) {
  const place = document.getElementById("spectrum");
  const told = document.getElementById("channels");
  const link = document.getElementById("spectrum-link");
  const label = labelOf(frame);
  link.hidden = !label;
  if (!label) {
    told.textContent = "\u00a0";
    return sayInstead(place, "No label of this frame.");
  }
  link.href = `/lake/${label.key}${at ? `?${at.slice(1)}` : ""}`;
  const found = await spectrumOf(label.key);
  if (frame !== frames[current]) return;
  const data = [found.energy_ev, found.transmission];
  if (spectrum) spectrum.remake(data);
  else spectrum = draw(place, data, spectrumChart);
  const channels = found.eigenchannel.filter((value) => value >= 0.001).map((value) => short(value, 3));
  const listed = channels.length ? `: ${channels.join(", ")}` : "";
  const n = found.eigenchannel.length;
  const said = n ? `${n} eigenchannels at E_F, above 0.001${listed}.` : "";
  told.textContent = `${said} T(E_F) = ${short(label.conductance_g0)}.`;
}

function spectrumChart() {
  return {
    labels: ["E − E_F / eV", "T(E)"],
    scales: { x: { time: false }, y: { range: (_u, _low, high) => [0, high * 1.08 || 1] } },
    series: [{}, lineSeries("plot-1", 2)],
    hooks: { draw: [(chart) => verticalLine(chart, 0, "plot-3", [4, 4])] },
  };
}

function show(index) {
  if (index === current || !frames[index]) return;
  current = index;
  const frame = frames[index];
  slider.value = index;
  const where = frame.displacement === null ? "" : `, ${frame.stage} at ${short(frame.displacement)} Å`;
  const number = frames.length > 1 ? ` (${frame.frame + 1} of the experiment)` : ""; // the lake counts from 0, people do not
  words.textContent = `frame ${index + 1} of ${frames.length}${where}${number}`;
  slider.setAttribute("aria-valuetext", words.textContent);
  if (viewer) Promise.resolve(viewer.setFrame(index)).then(() => viewer.render());
  trace?.chart.setData(traceData().data);
  drawSpectrum(frame).catch((error) => sayInstead(document.getElementById("spectrum"), error.message));
}

function play(button) {
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    button.textContent = "Play";
    button.setAttribute("aria-pressed", "false");
  };
  button.addEventListener("click", () => {
    if (timer) return stop();
    button.textContent = "Pause";
    button.setAttribute("aria-pressed", "true");
    timer = setInterval(() => show((current + 1) % frames.length), 150);
  });
  slider.addEventListener("pointerdown", () => timer && stop());
}

async function begin() {
  const place = document.getElementById("viewer");
  try {
    await Promise.all([loadPlots(), loadMolecules()]);
    const answer = await fetch(root.dataset.frames);
    if (!answer.ok) throw new Error((await answer.json()).detail);
    frames = readFrames(await answer.text());
    makeViewer(place);
  } catch (error) {
    if (!frames.length) return sayInstead(place, error.message);
    sayInstead(place, "This browser shows no three-dimensional graphics (WebGL).");
    viewer = null;
  }
  slider.max = frames.length - 1;
  for (const one of [slider, ...document.querySelectorAll("#play, #reset")]) one.disabled = frames.length < 2 && one.id !== "reset";
  slider.addEventListener("input", () => show(Number(slider.value)));
  document.getElementById("reset").addEventListener("click", () => viewer && (viewer.setView([0, 0, 0, 0, 0, 0, 0, 1]), showView()));
  play(document.getElementById("play"));
  [traces.label, traces.prediction] = await Promise.all(["label", "prediction"].map(rows));
  drawTrace(document.getElementById("trace"));
  show(Math.max(0, frames.findIndex((frame) => frame.snapshot === root.dataset.snapshot)));
  root.dataset.ready = "yes";
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => viewer?.setBackgroundColor(colour("sunk")));
await begin();
