// Prediction against label, and files that are read into the form.
import { colour, dotSeries, draw, loadPlots } from "/static/plot.js";

const file = document.getElementById("file");
const structures = document.getElementById("structures");

// Bytes that are no UTF-8 must be said: as text they would be other bytes, or none.
async function textOf(found) {
  const most = Number(file.dataset.most);
  // The service refuses it too, but a browser takes minutes to lay out so much text before.
  if (found.size > most) throw new Error(`${found.name} must have at most ${most} bytes, but has ${found.size}; send less at a time`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await found.arrayBuffer());
  } catch (error) {
    throw new Error(error instanceof TypeError ? `${found.name} must be extxyz, but it is no text` : `${found.name} could not be read`);
  }
}

file.disabled = false;
file.addEventListener("change", async () => {
  const found = file.files[0];
  if (!found) return;
  const answer = document.getElementById("answer");
  answer.replaceChildren(); // numbers of another file would be taken for those of this one
  structures.value = "";
  try {
    const text = await textOf(found);
    if (file.files[0] !== found) return; // another one was chosen meanwhile
    if (!text.trim()) throw new Error(`${found.name} must hold a structure, but it is empty`);
    structures.value = text;
  } catch (error) {
    answer.replaceChildren(Object.assign(document.createElement("p"), { className: "note bad", textContent: error.message }));
  }
});

const figure = document.getElementById("parity");
const select = document.getElementById("split");
let chart = null;

function chosen() {
  const [truth, predicted, sigma] = ["splits", "predicted", "sigma"].map((name) => JSON.parse(figure.dataset[name])[Number(select.value)]);
  const order = truth.map((_, i) => i).sort((a, b) => truth[a] - truth[b]);
  return [truth, predicted, sigma].map((column) => order.map((i) => column[i]));
}

// The diagonal below, intervals above it.
function lines(sigma) {
  return (plot) => {
    const { ctx, bbox } = plot;
    const high = Math.max(plot.scales.x.max, plot.scales.y.max);
    const [x, y] = [(value) => plot.valToPos(value, "x", true), (value) => plot.valToPos(value, "y", true)];
    ctx.save();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.strokeStyle = colour("plot-3");
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x(0), y(0));
    ctx.lineTo(x(high), y(high));
    ctx.stroke();
    ctx.strokeStyle = `color-mix(in srgb, ${colour("plot-1")} 45%, transparent)`;
    ctx.beginPath();
    plot.data[0].forEach((truth, i) => {
      ctx.moveTo(x(truth), y(plot.data[1][i] - sigma[i]));
      ctx.lineTo(x(truth), y(plot.data[1][i] + sigma[i]));
    });
    ctx.stroke();
    ctx.restore();
  };
}

function show() {
  const [truth, predicted, sigma] = chosen();
  const high = 1.05 * Math.max(...truth, ...predicted.map((value, i) => value + sigma[i]));
  const range = () => [0, high];
  const n = truth.filter((value, i) => Math.abs(predicted[i] - value) <= sigma[i]).length;
  document.getElementById("parity-words").textContent = `${n} of ${truth.length} labels lie within their 68 % interval.`;
  chart?.chart.destroy();
  chart = draw(document.getElementById("parity-plot"), [truth, predicted], () => ({
    labels: ["label / G₀", "prediction / G₀"],
    scales: { x: { time: false, range }, y: { range } },
    series: [{}, dotSeries("plot-1", truth.length > 300 ? 4 : 7)],
    hooks: { drawAxes: [lines(sigma)] },
  }));
}

if (figure) {
  await loadPlots();
  select.addEventListener("change", show);
  show();
}
