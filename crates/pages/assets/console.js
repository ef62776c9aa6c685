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

// What fields of times hold. They are sent in UTC, in whichever zone they are shown.
const fieldTimes = new Map();

function heldBy(field) {
  const time = new Date(zone() === "utc" ? field.value + "Z" : field.value);
  return Number.isNaN(time.getTime()) ? null : time;
}

function showFields() {
  for (const [field, time] of fieldTimes) {
    const shift = time && zone() === "local" ? time.getTimezoneOffset() * 60_000 : 0;
    field.value = time ? new Date(time.getTime() - shift).toISOString().slice(0, -1).replace(/\.000$/, "") : "";
  }
  for (const name of document.querySelectorAll("[data-zone-name]")) {
    name.textContent = zone() === "utc" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
}

for (const field of document.querySelectorAll("[data-in-utc]")) {
  fieldTimes.set(field, field.value ? new Date(field.value + "Z") : null);
  field.addEventListener("input", () => fieldTimes.set(field, heldBy(field)));
  field.form.addEventListener("formdata", ({ formData }) => {
    formData.set(field.name, fieldTimes.get(field)?.toISOString() ?? "");
  });
}

function chooseZone(name) {
  localStorage.setItem("zone", name);
  for (const button of document.querySelectorAll("[data-zone]")) {
    button.setAttribute("aria-pressed", String(button.dataset.zone === name));
  }
  showTimes(document);
  showFields();
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
  button.dataset.text ??= button.textContent;
  // A browser may refuse it.
  const isCopied = await navigator.clipboard.writeText(source.textContent).then(() => true, () => false);
  say(isCopied ? "Copied" : "Not copied: select the text instead");
  button.textContent = isCopied ? "Copied" : "Not copied";
  setTimeout(() => { button.textContent = button.dataset.text; }, 1500);
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
