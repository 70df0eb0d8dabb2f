import { bars, barSeries, draw, loadPlots, sayInstead, verticalLine } from "/static/plot.js";

// A line down from each peak, dashed.
function peakLines(peaks) {
  return (chart) => peaks.forEach((peak) => verticalLine(chart, peak, "plot-2", [4, 4]));
}

function show(figure) {
  const [edges, density, peaks] = ["edges", "density", "peaks"].map((name) => JSON.parse(figure.dataset[name]));
  const last = density.findLastIndex((value) => value > 0) + 2;
  const data = bars(edges.slice(0, last + 1), density.slice(0, last));
  draw(figure.querySelector(".canvas"), data, () => ({
    labels: ["conductance / G₀", "density / G₀⁻¹"],
    scales: { x: { time: false, range: [0, edges[Math.min(last, edges.length - 1)]] }, y: { range: (_u, _low, high) => [0, high * 1.08 || 1] } },
    series: [{}, barSeries()],
    hooks: { draw: [peakLines(peaks)] },
  }));
}

await loadPlots();
const here = document.querySelector("[data-edges]");
const elsewhere = document.querySelector("[data-fragment]");
if (here) show(here);
if (elsewhere) {
  const answer = await fetch(elsewhere.dataset.fragment);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.getElementById("found");
  if (found) elsewhere.replaceChildren(...found.children);
  else sayInstead(elsewhere, "The histogram could not be made now.");
  const figure = elsewhere.querySelector("[data-edges]");
  if (figure) show(figure);
}
