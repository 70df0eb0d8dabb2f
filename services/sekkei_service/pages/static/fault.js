// What went wrong is said in words: an answer that is no page must not take the place of a part of one.

function say(target, text) {
  const line = Object.assign(document.createElement("p"), { textContent: text });
  // Beside the form that was sent, where it has a place for its answer.
  const own = target?.matches?.("#answer[aria-live]") ? target : null;
  if (own) line.className = "note bad";
  const place = own ?? document.getElementById("notice");
  place.replaceChildren(line);
  place.scrollIntoView({ block: "nearest" });
}

function detail(answer) {
  try {
    return JSON.parse(answer.responseText).detail;
  } catch {
    return null;
  }
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  const kind = xhr.getResponseHeader("content-type") ?? "";
  if (xhr.status < 400 || kind.startsWith("text/html")) return;
  event.detail.shouldSwap = false;
  say(target, detail(xhr) ?? `The service answered ${xhr.status} ${xhr.statusText}.`);
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    say(event.detail.target, "The service did not answer. It may be away, or what was sent may be too large.");
  });
}
