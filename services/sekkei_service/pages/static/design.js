// Conductances in the order in which they were told, with the target as a band.
import { colour, dotSeries, draw } from "/static/plot.js";

const found = JSON.parse(document.getElementById("progress").dataset.drawn);
const NAMES = ["plot-3", "plot-1", "plot-2"];
const order = found.conductance.map((_, i) => i + 1);
const of = (source) => found.conductance.map((value, i) => (found.source[i] === source ? value : null));
const top = 1.1 * Math.max(...found.conductance, found.high ?? found.low ?? 0);

function band(chart) {
  const { ctx, bbox } = chart;
  const y = (value, edge) => (value === null ? edge : chart.valToPos(value, "y", true));
  const [upper, lower] = [y(found.high, bbox.top), y(found.low, bbox.top + bbox.height)];
  ctx.save();
  ctx.fillStyle = colour("plot-band");
  ctx.fillRect(bbox.left, upper, bbox.width, lower - upper);
  ctx.strokeStyle = `color-mix(in srgb, ${colour("plot-3")} 60%, transparent)`;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  found.conductance.forEach((value, i) => {
    const x = chart.valToPos(i + 1, "x", true);
    ctx.moveTo(x, chart.valToPos(Math.max(0, value - found.sigma[i]), "y", true));
    ctx.lineTo(x, chart.valToPos(Math.min(top, value + found.sigma[i]), "y", true));
  });
  ctx.stroke();
  ctx.restore();
}

draw(document.getElementById("progress-plot"), [order, of(0), of(1), of(2)], () => ({
  x: { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
  labels: ["observation", "conductance / G₀"],
  scales: { x: { time: false, range: [0.5, order.length + 0.5] }, y: { range: [0, top] } },
  series: [{}, ...NAMES.map((name, i) => dotSeries(name, i ? 10 : 6))],
  hooks: { drawAxes: [band] },
}));
