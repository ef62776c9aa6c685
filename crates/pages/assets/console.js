// What makes pages quicker to use. All of them work without it, but for the live tail.

const zones = { local: undefined, utc: "UTC" };

function zone() {
  return localStorage.getItem("zone") === "utc" ? "utc" : "local";
}

function written(time, form) {
  const timeZone = zones[zone()];
  const day = { month: "short", day: "numeric" };
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone };
  switch (form) {
    case "precise":
      return time.toLocaleString("en", { ...day, ...clock, second: "2-digit", fractionalSecondDigits: 3 });
    case "axis":
      return time.toLocaleString("en", { ...day, ...clock });
    default:
      return time.toLocaleString("sv", { year: "numeric", month: "2-digit", day: "2-digit", ...clock, timeZoneName: "short" });
  }
}

function showTimes(within) {
  for (const element of within.querySelectorAll("time[data-form]")) {
    const time = new Date(element.dateTime);
    if (Number.isNaN(time.getTime())) continue;
    if (element.dataset.form === "distance") element.title = written(time, "minute");
    else element.textContent = written(time, element.dataset.form);
  }
}

function chooseZone(name) {
  localStorage.setItem("zone", name);
  for (const button of document.querySelectorAll("[data-zone]")) {
    button.setAttribute("aria-pressed", String(button.dataset.zone === name));
  }
  showTimes(document);
}

const said = document.createElement("p");
said.className = "unseen";
said.setAttribute("role", "status");
document.body.append(said);

function say(text) {
  said.textContent = text;
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  const before = button.textContent;
  button.textContent = "Copied";
  say("Copied");
  setTimeout(() => { button.textContent = before; }, 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.zone) chooseZone(button.dataset.zone);
  if (button?.dataset.copy) copy(button);
  for (const open of document.querySelectorAll(".account[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll(".account[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

for (const scripted of document.querySelectorAll("[data-zone-switch], button[data-copy]")) {
  scripted.hidden = false;
}
chooseZone(zone());
