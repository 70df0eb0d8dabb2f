// Follows the events of a campaign, and fetches the parts of the page that they change.

const root = document.getElementById("campaign");
const list = document.getElementById("events");
const MOST = 200;
const QUIET_MS = 400;
const CHANGING = ["heading", "complaint", "progress", "actions", "attempts"];
const NAMES = ["stage-started", "done", "refused", "retried", "worker-ready", "worker-lost", "worker-slow", "committed", "ended"];
let timer = null;

function words(name, event) {
  const parts = [event.stage, name.replaceAll("-", " ")];
  if (event.n_item > 1 || name === "stage-started") parts.push(`${event.n_item} items`);
  if (event.kind) parts.push(`${event.kind}:`);
  if (event.detail) parts.push(event.detail);
  else if (event.key) parts.push(String(event.key).slice(0, 10));
  if (event.state) parts.push(event.state);
  return parts.filter(Boolean).join(" ");
}

// A log may hold a hundred thousand events: they are shown together, and the last ones only.
let waiting = [];

function show() {
  const items = waiting.slice(-MOST).map((text) => Object.assign(document.createElement("li"), { textContent: text }));
  waiting = [];
  if (!items.length) return;
  if (list.firstElementChild?.className === "hint") list.replaceChildren();
  list.append(...items);
  while (list.children.length > MOST) list.firstElementChild.remove();
  list.scrollTop = list.scrollHeight;
}

// The server writes the page; only what changed is put into this one.
async function refresh() {
  timer = null;
  show();
  const answer = await fetch(location.pathname);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const state = page.getElementById("campaign").dataset.state;
  for (const id of CHANGING) {
    const [here, there] = [document.getElementById(id), page.getElementById(id)];
    if (!here || !there || here.outerHTML === there.outerHTML) continue;
    // Who is about to press a button keeps it, unless its time is over.
    if (state === root.dataset.state && here.contains(document.activeElement)) continue;
    here.replaceWith(document.adoptNode(there));
    window.htmx?.process(there);
  }
  root.dataset.state = state;
}

function soon() {
  timer ??= setTimeout(refresh, QUIET_MS);
}

const source = new EventSource(`/v1/campaigns/${root.dataset.name}/events`);
for (const name of NAMES) {
  source.addEventListener(name, (message) => {
    const event = JSON.parse(message.data);
    waiting.push(words(name, event));
    if (name === "ended") {
      source.close();
      clearTimeout(timer);
      refresh();
    } else {
      soon();
    }
  });
}
addEventListener("pagehide", () => source.close());
