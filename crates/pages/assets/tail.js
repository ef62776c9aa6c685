
// The live tail: entries as they are stored, newest first. A tab that nobody sees closes its own.

const live = document.getElementById("live");
const begin = document.querySelector("[data-live]");

function liveTail() {
  const MOST = 300;
  const WAITING = 1000;
  const entries = document.createElement("div");
  entries.className = "entries arrived";
  const state = live.querySelector("[data-live-state]");
  const counter = live.querySelector("[data-live-count]");
  const pauseButton = live.querySelector("[data-live-pause]");
  let source = null;
  let running = false;
  let paused = false;
  let waiting = [];
  let seen = 0;
  let announced = 0;
  let last = null;
  // A connection made again may repeat entries.
  const known = new Set();
  const columns = new URLSearchParams(location.search).getAll("column");

  function make(name, className, text) {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = visible(text);
    return element;
  }

  // Characters that a browser would obey are shown, as on the pages of the server.
  function visible(text) {
    return String(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
      (character) => "\\u{" + character.codePointAt(0).toString(16) + "}");
  }

  function tone(status) {
    const known = document.querySelector("[data-tones]")?.dataset.tones ?? "{}";
    return JSON.parse(known)[String(status).toUpperCase()] ?? "plain";
  }

  // As the server finds it: the member of that name, or else the one at that path.
  function member(entry, path) {
    const of = (value, name) => (value !== null && typeof value === "object" && Object.hasOwn(value, name) ? value[name] : undefined);
    return of(entry, path) ?? path.split(".").reduce(of, entry);
  }

  function ownColumns(entry) {
    const LONGEST = 120;
    const line = make("span", "columns");
    for (const path of columns.map((column) => column.replace(/^attr\./, ""))) {
      const value = member(entry, path);
      if (value === undefined) continue;
      const text = typeof value === "string" ? value : JSON.stringify(value);
      const column = make("span");
      column.append(make("b", "", path), " " + visible(text.length > LONGEST ? text.slice(0, LONGEST) + "…" : text));
      line.append(column);
    }
    return line;
  }

  function row(entry) {
    const details = make("details", "entry new");
    const summary = make("summary");
    const time = make("time", "", entry.executed_at);
    time.dateTime = entry.executed_at;
    time.dataset.form = "precise";
    const badge = make("span", "badge " + tone(entry.status));
    badge.append(make("bdi", "", entry.status));
    const message = entry.message ?? "";
    summary.append(time, badge, make("span", "workflow", entry.workflow ?? "–"),
      make("span", "environment", entry.environment), make("span", "message", message.slice(0, 240)));
    if (columns.length > 0) summary.append(ownColumns(entry));
    const whole = make("div", "whole");
    const pre = make("pre");
    const link = make("a", "", "This entry alone, and those around it");
    link.href = "/console/logs/" + encodeURIComponent(entry.id);
    const links = make("p", "links");
    links.append(link);
    whole.append(pre, links);
    details.addEventListener("toggle", () => {
      pre.textContent = visible(JSON.stringify(entry, null, 2));
    }, { once: true });
    details.append(summary, whole);
    showTimes(details);
    return details;
  }

  function show() {
    const shown = waiting.slice(-MOST).reverse().map(row);
    waiting = [];
    entries.prepend(...shown);
    while (entries.childElementCount > MOST) entries.lastElementChild.remove();
    tell();
  }

  function tell() {
    pauseButton.textContent = paused ? "Go on" : "Pause";
    counter.textContent = paused && waiting.length > 0
      ? waiting.length + (waiting.length === WAITING ? " or more" : "") + (waiting.length === 1 ? " new entry is waiting" : " new entries are waiting")
      : seen + (seen === 1 ? " entry" : " entries") + " since it began";
  }

  function isLive() {
    state.textContent = paused ? "Paused" : "Live";
  }

  function open() {
    const address = new URL(begin.dataset.live, location.href);
    if (last) address.searchParams.set("last_event_id", last);
    state.textContent = "Connecting";
    source = new EventSource(address);
    source.onopen = isLive;
    source.onerror = () => {
      state.textContent = source?.readyState === EventSource.CLOSED ? "Ended: too many tails, or the session has ended" : "Connecting";
    };
    source.onmessage = (event) => {
      if (known.has(event.lastEventId)) return;
      last = event.lastEventId;
      known.add(last);
      if (known.size > WAITING) known.delete(known.values().next().value);
      seen += 1;
      waiting.push(JSON.parse(event.data));
      if (waiting.length > WAITING) waiting.shift();
      if (paused) tell();
      else requestAnimationFrame(() => { if (waiting.length > 0 && !paused) show(); });
      closeUnseen();
    };
  }

  // Not before the first entry: without its place, what comes meanwhile would never be shown.
  function closeUnseen() {
    if (!document.hidden || !last) return;
    source?.close();
    source = null;
    state.textContent = "Waits until it is seen";
  }

  begin.addEventListener("click", () => {
    running = true;
    live.hidden = false;
    begin.hidden = true;
    live.after(entries);
    open();
    tell();
    pauseButton.focus();
  });
  pauseButton.addEventListener("click", () => {
    paused = !paused;
    if (source?.readyState === EventSource.OPEN) isLive();
    if (paused) tell();
    else show();
  });
  live.querySelector("[data-live-stop]").addEventListener("click", () => location.reload());
  document.addEventListener("visibilitychange", () => {
    if (!running) return;
    if (document.hidden) closeUnseen();
    else if (!source) open();
  });
  setInterval(() => {
    if (!running || paused || seen === announced) return;
    say(seen - announced + " new entries");
    announced = seen;
  }, 10_000);
  begin.hidden = false;
}

if (live && begin) liveTail();
