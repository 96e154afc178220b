// What is live on every page: times in the reader's own zone, badges, and word that something has changed.
"use strict";

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

function span(ms) {
  const units = [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"]];
  for (const [index, [size, name]] of units.entries()) {
    if (ms < size) continue;
    const next = units[index + 1];
    const more = next && name !== "h" ? Math.floor((ms % size) / next[0]) : name === "h" ? Math.floor((ms % HOUR) / MINUTE) : 0;
    const rest = name === "d" && more ? ` ${more} h` : name === "h" && more ? ` ${more} min` : "";
    return `${Math.floor(ms / size)} ${name}${rest}`;
  }
  return `${Math.max(0, Math.floor(ms / SECOND))} s`;
}

// The absolute time stays on the element as its title.
function tellTimes(root = document) {
  const now = Date.now();
  for (const element of root.querySelectorAll("time[datetime]")) {
    const at = new Date(element.dateTime);
    if ("ago" in element.dataset) element.textContent = `${span(now - at)} ago`;
    else if ("left" in element.dataset) element.textContent = at > now ? span(at - now) : "closed";
    else if (!element.dataset.told) {
      element.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
      element.dataset.told = "1";
    }
    if ("left" in element.dataset) element.classList.toggle("soon", at - now < HOUR);
  }
}

function showBadges(badges) {
  const place = document.getElementById("badges");
  if (!place) return;
  const shown = badges.map(([text]) => text).join("|");
  if (place.dataset.shown === shown) return;  // a screen reader would say them again
  place.dataset.shown = shown;
  place.replaceChildren(...badges.map(([text, tone, advice]) => {
    const badge = document.createElement("span");
    badge.className = `state ${tone}`;
    badge.textContent = text;
    badge.title = advice;
    return badge;
  }));
}

// How many wait for a person, beside the name of their page.
function showNeeding(number) {
  const link = document.querySelector(".places a[href='/needs-you']");
  if (!link) return;
  const shown = link.querySelector(".needing") ?? link.appendChild(document.createElement("span"));
  shown.className = "needing";
  shown.hidden = !number;
  shown.textContent = number > 999 ? "999+" : number;
}

// Said once, and aloud: what stands on the page is from before.
function showAway(away) {
  const place = document.getElementById("away");
  if (!place || (place.textContent !== "") === away) return;
  const since = new Date().toLocaleTimeString(undefined, { timeStyle: "medium" });
  place.textContent = away ? `Redis does not answer. What stands here is as of ${since}.` : "";
}

const changed = () => document.body.dispatchEvent(new CustomEvent("changed"));

function heard(told) {
  showAway(false);
  showBadges(told.badges);
  showNeeding(told.needing);
  changed();
}

// Server-sent events; where they do not come, the page asks by itself, and tries to listen again. A page that nobody sees
// does not listen: a browser keeps six connections to one address, and each open page would hold one of them.
function listen(address) {
  let source = null, polling = null;

  async function ask() {
    const answer = await fetch(`${address}/now`).catch(() => null);
    showAway(!answer?.ok);
    if (answer?.redirected) changed();  // the session has ended: what is live on the page leads to the log-in
    else if (answer?.ok) heard(await answer.json());
    if (source?.readyState === EventSource.CLOSED) begin();
  }

  function begin() {
    source?.close();
    source = new EventSource(address);
    source.addEventListener("pulse", (event) => {
      clearInterval(polling);
      polling = null;
      heard(JSON.parse(event.data));
    });
    source.addEventListener("away", () => showAway(true));
    source.addEventListener("error", () => { polling ??= setInterval(ask, 5 * SECOND); });
  }

  function end() {
    source?.close();
    clearInterval(polling);
    polling = null;
  }

  addEventListener("pagehide", end);
  document.addEventListener("visibilitychange", () => document.hidden ? end() : begin());
  if (!document.hidden) begin();
}

function theme() {
  const button = document.getElementById("theme");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
    document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
    localStorage.setItem("theme", document.documentElement.dataset.theme);
  });
}

// A form that asks before it does something for good: its words stand in data-sure.
document.addEventListener("submit", (event) => {
  const sure = event.target.dataset.sure;
  if (sure && !confirm(sure)) event.preventDefault();
});

// On a phone the navigation is wider than the screen.
document.querySelector(".places [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
tellTimes();
setInterval(tellTimes, SECOND);
document.body.addEventListener("htmx:afterSwap", (event) => tellTimes(event.target));
theme();
if (document.body.dataset.live) listen(document.body.dataset.live);
