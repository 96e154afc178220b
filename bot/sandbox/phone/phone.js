// The phone: shows one customer's conversation as the sandbox tells it, and sends what is typed.
// All text goes in as textContent: whatever a customer or a bot writes, it stays text.

const $ = (id) => document.getElementById(id);
const talk = $("talk");
const PATHS = {
  clock: "M8.5 1.2a4.8 4.8 0 1 0 .01 0M8.5 3.5v2.7l1.8 1",
  one: "M4.5 6.5l3 3 6-7",
  two: "M1.5 6.5l3 3 6-7M8 9l.6.5 6-7",
  cross: "M5.5 3l6 6M11.5 3l-6 6",
};
const MARKS = {
  message: { sending: ["clock", "sending"], retrying: ["clock", "not delivered"], delivered: ["two", "delivered"], lost: ["cross", "not delivered"], unannounced: ["one", "not announced"] },
  reply: { sent: ["one", "sent"], delivered: ["two", "delivered"], read: ["two", "read"], failed: ["cross", "not delivered"] },
};
MARKS.template = MARKS.reply;
const RANK = { sending: 0, retrying: 1, sent: 0, lost: 2, failed: 2, delivered: 2, read: 3, unannounced: 2 };

let number = null; // of the customer whose conversation this is
let entries = new Map(); // id -> entry, in order of arrival
let source = null;
let windowTimer = 0;
let outage = ""; // what is wrong with the sandbox itself

function anotherNumber() {
  // 555-01xx is kept free for stories like this one
  const some = `+14155550${101 + Math.floor(Math.random() * 99)}`;
  return some === number ? anotherNumber() : some;
}

function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// --- talking to the sandbox

async function ask(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

function connect() {
  source?.close();
  source = new EventSource(`/sandbox/events?number=${encodeURIComponent(number)}`);
  source.addEventListener("ready", load);
  for (const name of ["message", "reply", "template", "state"]) {
    source.addEventListener(name, (event) => {
      put(JSON.parse(event.data));
      if (name === "reply" || name === "template") showFaults();
    });
  }
  source.addEventListener("error", () => tell("The sandbox does not answer. Is it running?"));
}

async function load() {
  const asked = number;
  const conversation = await ask("GET", `/sandbox/conversations/${encodeURIComponent(asked)}`);
  if (asked !== number) return;
  $("business").textContent = conversation.business_number;
  conversation.entries.forEach(put);
  tell("");
}

function be(newNumber) {
  number = newNumber;
  localStorage.setItem("number", number);
  history.replaceState(null, "", `?number=${encodeURIComponent(number)}`);
  entries = new Map();
  talk.querySelectorAll(".bubble").forEach((bubble) => bubble.remove());
  talk.querySelector(".hint").hidden = false;
  $("me").textContent = number;
  $("number").value = number;
  showNotice();
  connect();
}

// --- the conversation

function put(entry) {
  const old = entries.get(entry.id);
  // answers of requests may be older than what the stream has already told
  if (old && (RANK[entry.state] < RANK[old.state] || entry.attempts < old.attempts)) return;
  if (old) entry.node = old.node;
  else draw(entry);
  entries.set(entry.id, entry);
  mark(entry);
  if (entry.kind === "reply") {
    const quoted = entries.get(entry.reply_to);
    if (quoted) mark(quoted);
  }
  showNotice();
}

function draw(entry) {
  const mine = entry.kind === "message";
  const low = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 120;
  const bubble = element("article", mine ? "bubble mine" : "bubble theirs");
  bubble.id = entry.id;
  bubble.append(element("span", "unseen", mine ? "You wrote:" : "Support wrote:"));
  if (entry.reply_to) bubble.append(quote(entry));
  const said = element("span", "said", entry.kind === "template" ? templateText(entry) : messageText(entry));
  said.dir = "auto"; // Hebrew and Arabic run the other way
  bubble.append(said, element("span", "meta"), element("div", "trouble"));
  entry.node = bubble;
  talk.querySelector(".hint").hidden = true;
  talk.append(bubble);
  if (mine || low) talk.scrollTop = talk.scrollHeight;
}

// What a template says only the provider knows; here it stands for itself.
function templateText(entry) {
  const filled = Object.entries(entry.variables ?? {}).map(([name, value]) => `${name}: ${value}`);
  return [`Template ${entry.template_id}`, ...filled].join("\n");
}

// The file that a customer sends is not there, only what it is.
function messageText(entry) {
  return entry.media ? `[${entry.media}] ${entry.text}`.trim() : entry.text;
}

function quote(entry) {
  const block = element("a", "quote");
  block.href = `#${entry.reply_to}`;
  const quoted = entries.get(entry.reply_to);
  const said = element("span", "", quoted ? messageText(quoted) : "An earlier message");
  said.dir = "auto";
  block.append(element("b", "", "You"), said);
  return block;
}

function mark(entry) {
  const meta = entry.node.querySelector(".meta");
  const time = element("time", "", new Date(entry.created_at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = entry.created_at;
  const [drawing, label] = MARKS[entry.kind][entry.state];
  meta.replaceChildren(time, icon(PATHS[drawing]), element("span", "unseen", label));
  const answered = entry.state === "delivered" && [...entries.values()].some((other) => other.reply_to === entry.id);
  meta.classList.toggle("answered", answered);
  entry.node.querySelector(".trouble").textContent = trouble(entry);
}

function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 17 12");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(space, "path"));
  svg.firstChild.setAttribute("d", path);
  return svg;
}

function trouble(entry) {
  if (entry.state === "retrying") return "Not delivered, will be tried again";
  if (entry.state === "lost") return "Not delivered";
  if (entry.state === "unannounced") return "The provider tells nobody of this";
  if (entry.state === "failed") return `Did not reach the phone: ${entry.reason}`;
  return "";
}

// --- what is wrong

function tell(problem) {
  outage = problem;
  showNotice();
}

function showNotice() {
  clearTimeout(windowTimer);
  const newest = [...entries.values()].filter((entry) => entry.kind === "message").at(-1);
  const notice = outage || (newest ? problem(newest) : "");
  if ($("notice").textContent !== notice) $("notice").textContent = notice; // screen readers read each change
  $("notice").hidden = !notice;
  const left = newest ? new Date(newest.window_expires_at) - Date.now() : 0;
  if (left > 0) windowTimer = setTimeout(showNotice, left + 50);
}

function problem(newest) {
  if (newest.state === "retrying") return `Your receiver does not take messages (${newest.attempts} tried). Is autoreply running?`;
  if (newest.state === "lost") return "Your receiver did not take this message, and it is not tried any more.";
  if (new Date(newest.window_expires_at) <= Date.now()) {
    return "The 24-hour window is over. Support can send only templates until you write again.";
  }
  return "";
}

// --- typing

$("write").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  const window_seconds = Number($("window").value);
  $("window").value = "86400";
  try {
    put(await ask("POST", "/sandbox/messages", { from: number, text, window_seconds }));
  } catch (error) {
    $("text").value = text;
    tell(`This was not sent. ${error.message}`);
  }
});

$("text").addEventListener("keydown", (event) => {
  // Enter may also end the composition of a character: that one is not for us
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("write").requestSubmit();
});

// --- the panel

async function showFaults() {
  const { next, latency } = await ask("GET", "/sandbox/faults");
  const waiting = next.reduce((sum, fault) => sum + fault.count, 0);
  if (!waiting) $("fault").value = "";
  $("latency").value = String(latency);
  $("waiting").textContent = waiting ? `Waiting for ${waiting === 1 ? "a reply" : `${waiting} replies`}.` : "";
}

$("fault").addEventListener("change", async () => {
  await ask("DELETE", "/sandbox/faults");
  const next = $("fault").value ? [JSON.parse($("fault").value)] : [];
  await ask("POST", "/sandbox/faults", { next, latency: Number($("latency").value) });
  showFaults();
});
$("latency").addEventListener("change", () => ask("POST", "/sandbox/faults", { latency: Number($("latency").value) }));
$("clear").addEventListener("click", async () => {
  await ask("DELETE", "/sandbox/faults");
  $("window").value = "86400";
  showFaults();
});
$("customer").addEventListener("submit", (event) => {
  event.preventDefault();
  be($("number").value);
  $("text").focus();
});
$("another").addEventListener("click", () => {
  be(anotherNumber());
  $("text").focus();
});
$("menu").addEventListener("click", () => {
  $("menu").setAttribute("aria-expanded", String($("panel").classList.toggle("open")));
});

function tick() {
  $("clock").textContent = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

tick();
setInterval(tick, 10_000);
be(new URLSearchParams(location.search).get("number") ?? localStorage.getItem("number") ?? anotherNumber());
showFaults();
