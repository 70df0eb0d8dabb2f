// Scatter and histogram of any two columns of the rows that fit; a rectangle selects points.
import { bars, barSeries, dotSeries, draw, fetchJson, sayInstead, short } from "/static/plot.js";

const label = (counts) => {
  const name = counts.name.replace(/_(g0|angstrom2?|ev|unix_s|k)$/, "").replaceAll("_", " ");
  return counts.unit ? `${name} / ${counts.unit.replace("G0", "G₀")}` : name;
};

// uPlot wants the first row to ascend.
function sorted(x, y) {
  const order = x.map((_, i) => i).filter((i) => x[i] !== null && y[i] !== null);
  order.sort((a, b) => x[a] - x[b]);
  return [order.map((i) => x[i]), order.map((i) => y[i])];
}

function ranges(chart) {
  const { left, top, width, height } = chart.select;
  const x = [chart.posToVal(left, "x"), chart.posToVal(left + width, "x")];
  const y = [chart.posToVal(top + height, "y"), chart.posToVal(top, "y")];
  return [x, y];
}

function narrowed(plots, names, [x, y]) {
  const parts = [x, y].flatMap(([low, high], i) => [`${names[i]} >= ${short(low)}`, `${names[i]} <= ${short(high)}`]);
  const filter = plots.dataset.filter ? [`(${plots.dataset.filter})`, ...parts] : parts;
  const address = new URLSearchParams(location.search);
  address.delete("cursor");
  address.set("table", document.getElementById("answer").dataset.table);
  address.set("filter", filter.join(" AND "));
  return `/lake?${address}`;
}

function brush(plots, names, data) {
  const told = document.getElementById("brushed");
  return (chart) => {
    if (chart.select.width < 3 || chart.select.height < 3) return;
    const [x, y] = ranges(chart);
    const inside = (i) => data[0][i] >= x[0] && data[0][i] <= x[1] && data[1][i] >= y[0] && data[1][i] <= y[1];
    const n = data[0].filter((_, i) => inside(i)).length;
    const link = document.createElement("a");
    link.href = narrowed(plots, names, [x, y]);
    link.textContent = "show only these";
    told.replaceChildren(`${n.toLocaleString("en")} points selected: `, link);
  };
}

async function show(plots) {
  const names = ["x", "y"].map((axis) => document.getElementById(axis).value);
  const places = ["scatter", "counts"].map((id) => document.getElementById(id));
  try {
    const found = await fetchJson(`${plots.dataset.points}&x=${names[0]}&y=${names[1]}`);
    const data = sorted(found.x, found.y);
    draw(places[0], data, () => ({
      labels: [label(found.x_counts), label(found.y_counts)],
      scales: { x: { time: false } },
      cursor: { drag: { x: true, y: true, setScale: false, uni: 20 }, points: { show: false } },
      series: [{}, dotSeries("plot-1", data[0].length > 2000 ? 3 : 5)],
      hooks: { setSelect: [brush(plots, names, data)] },
    }));
    const { edge, count } = found.y_counts;
    draw(places[1], bars(edge, count), () => ({
      labels: [label(found.y_counts), "rows"],
      scales: { x: { time: false }, y: { range: (_u, _low, high) => [0, high * 1.08 || 1] } },
      series: [{}, barSeries()],
    }));
    const n = found.x.length;
    const all = found.total.toLocaleString("en");
    document.getElementById("scatter-words").textContent = n < found.total ? `${n.toLocaleString("en")} of ${all} rows, evenly chosen.` : `All ${all} rows.`;
    document.getElementById("counts-words").textContent = `Of all ${all} rows.`;
  } catch (error) {
    places.forEach((place) => sayInstead(place, error.message));
  }
}

function begin() {
  const plots = document.getElementById("plots");
  if (!plots) return;
  for (const axis of ["x", "y"]) {
    const select = document.getElementById(axis);
    select.addEventListener("change", () => {
      const address = new URL(location.href);
      address.searchParams.set(axis, select.value);
      history.replaceState(null, "", address);
      const kept = document.querySelector(`#ask input[name=${axis}]`);
      if (kept) kept.value = select.value;
      show(plots);
    });
  }
  show(plots);
}

begin();
document.body.addEventListener("htmx:afterSwap", begin);
