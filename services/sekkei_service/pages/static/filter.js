// Offers the properties of a table while somebody types a filter, as a combobox.

const input = document.getElementById("filter");
const list = document.getElementById("offered");
const form = document.getElementById("ask");
const WORD = /[A-Za-z_][\w]*$/;
const MOST = 8;
let properties = null;
let chosen = -1;

async function fetched() {
  const answer = await fetch(form.dataset.properties);
  const found = answer.ok ? (await answer.json()).properties : [];
  return found.map((one) => ({ ...one, name: one.name.replace("_sekkei_", "") }));
}

function known() {
  properties ??= fetched();
  return properties;
}

// The name that is being typed; none inside a text in quotes.
function typed() {
  const before = input.value.slice(0, input.selectionStart);
  if ((before.match(/(?<!\\)"/g) ?? []).length % 2) return "";
  return before.match(WORD)?.[0] ?? "";
}

function close() {
  list.hidden = true;
  chosen = -1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function choose(index) {
  const options = [...list.children];
  chosen = (index + options.length) % options.length;
  options.forEach((one, i) => one.setAttribute("aria-selected", String(i === chosen)));
  options[chosen].scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", options[chosen].id);
}

function take(name) {
  const at = input.selectionStart;
  const start = at - typed().length;
  input.setRangeText(`${name} `, start, at, "end");
  close();
  input.focus();
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function option(one, index) {
  const item = document.createElement("li");
  const meaning = document.createElement("small");
  item.id = `offered-${index}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.textContent = one.unit ? `${one.name} / ${one.unit}` : one.name;
  meaning.textContent = one.description;
  item.append(meaning);
  item.dataset.name = one.name;
  item.addEventListener("mousedown", (event) => {
    event.preventDefault();
    take(one.name);
  });
  return item;
}

async function offer() {
  const word = typed().toLowerCase();
  if (!word) return close();
  const names = await known();
  const fit = names.filter((one) => one.name.toLowerCase().includes(word) && one.name !== word);
  const first = (one) => (one.name.toLowerCase().startsWith(word) ? 0 : 1);
  const shown = fit.toSorted((a, b) => first(a) - first(b)).slice(0, MOST);
  if (typed().toLowerCase() !== word) return; // something was typed meanwhile
  if (!shown.length) return close();
  list.replaceChildren(...shown.map(option));
  list.hidden = false;
  chosen = -1;
  input.setAttribute("aria-expanded", "true");
}

input.addEventListener("input", offer);
input.addEventListener("blur", close);
input.addEventListener("keydown", (event) => {
  if (list.hidden) return;
  if (event.key === "ArrowDown") choose(chosen + 1);
  else if (event.key === "ArrowUp") choose(chosen - 1);
  else if (event.key === "Escape") close();
  else if (event.key === "Enter" && chosen >= 0) take(list.children[chosen].dataset.name);
  else return;
  event.preventDefault();
});
// Another table has other columns: then the whole page is new, and the filter stays.
form.querySelector("select.table").addEventListener("change", (event) => {
  const address = new URLSearchParams({ table: event.target.value, filter: input.value });
  location.href = `/lake?${address}`;
});
// What is wrong is said beside the box.
document.body.addEventListener("htmx:afterSettle", () => {
  input.setAttribute("aria-invalid", String(Boolean(document.querySelector("#fault .note"))));
});
input.setAttribute("aria-invalid", String(Boolean(document.querySelector("#fault .note"))));

// Columns that nobody chose are in no address.
const columns = document.getElementById("columns");
const fields = columns.querySelector("fieldset");
fields.disabled = !new URLSearchParams(location.search).has("column");
columns.addEventListener("toggle", () => {
  if (columns.open) fields.disabled = false;
});
