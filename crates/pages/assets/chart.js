
// The chart: a time of several bars is chosen by drawing over them, or by the arrows of the keyboard.

const plot = document.querySelector("[data-bars]");

function chart() {
  const bars = [...plot.querySelectorAll("svg a")];
  const said = bars.map((bar) => bar.querySelector("title").textContent.split(": ").slice(1).join(": "));
  const bound = (bar, name) => new URL(bar.getAttribute("href"), location.href).searchParams.get(name);
  let first = null;
  let last = null;
  let isDrawn = false;

  function mark() {
    const [from, to] = [first, last].sort((one, other) => one - other);
    bars.forEach((bar, place) => bar.classList.toggle("chosen", first !== null && place >= from && place <= to));
    return [from, to];
  }

  function choose(place, isMore) {
    last = Math.min(Math.max(place, 0), bars.length - 1);
    if (!isMore || first === null) first = last;
    const [from, to] = mark();
    const until = written(new Date(bound(bars[to], "to")), "axis");
    say(written(new Date(bound(bars[from], "from")), "axis") + " to " + until + ": " + (from === to ? said[to] : to - from + 1 + " bars"));
  }

  function leave() {
    first = last = null;
    mark();
  }

  function show() {
    const [from, to] = mark();
    const address = new URL(bars[from].getAttribute("href"), location.href);
    address.searchParams.set("to", bound(bars[to], "to"));
    location.assign(address);
  }

  const under = (event) => bars.indexOf(document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-bars] a"));

  plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || under(event) < 0) return;
    first = last = under(event);
    isDrawn = true;
    mark();
  });
  plot.addEventListener("pointermove", (event) => {
    if (!isDrawn || under(event) < 0) return;
    last = under(event);
    mark();
  });
  // A link under the pointer is gone to by itself, if no other was drawn over.
  document.addEventListener("pointerup", (event) => {
    if (!isDrawn || event.button !== 0) return;
    isDrawn = false;
    if (first === last) leave();
    else show();
  });
  document.addEventListener("pointercancel", () => { isDrawn = false; leave(); });
  plot.addEventListener("dragstart", (event) => event.preventDefault());

  plot.addEventListener("keydown", (event) => {
    const at = last ?? bars.length;
    if (event.key === "ArrowLeft") choose(at - 1, event.shiftKey);
    else if (event.key === "ArrowRight") choose(last === null ? 0 : at + 1, event.shiftKey);
    else if (event.key === "Home") choose(0, event.shiftKey);
    else if (event.key === "End") choose(bars.length - 1, event.shiftKey);
    else if (event.key === "Enter" && first !== null) show();
    else if (event.key === "Escape") leave();
    else return;
    event.preventDefault();
  });
  plot.addEventListener("blur", leave);
  plot.tabIndex = 0;
  plot.setAttribute("role", "application");
  plot.setAttribute("aria-label", "Chart: arrows choose a bar, with Shift several, and Enter shows their entries");
}

if (plot) chart();
