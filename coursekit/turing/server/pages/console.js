// The teacher's page: asks the server every two seconds what the votes say, and draws it.

const EVERY = 2000; // ms between two looks
const RECENT = 30_000; // ms within which a vote makes a participant one who is at it
const TELL = { open: "The test is open.", paused: "The test is paused: nobody gets a new pair.", closed: "The test is closed." };

const find = (selector) => document.querySelector(selector);
const percent = (share) => `${Math.round(100 * share)} %`;

function drawn(tag, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

// The server keeps no time of day, so this page notes itself when somebody's progress grew.
let before = null;
const moved = [];

function people({ progress, total, votes }) {
  const now = performance.now();
  progress.forEach((voted, at) => {
    if (before && voted > (before[at] ?? 0)) moved[at] = now;
  });
  before = progress;
  const active = moved.filter((when) => now - when < RECENT).length;
  const done = progress.filter((voted) => voted === total).length;
  find(".counts").textContent = `${progress.length} began, ${active} voted in the last ${RECENT / 1000} seconds, ${done} finished; ${votes} votes.`;
  const strip = find(".progress");
  strip.setAttribute("viewBox", `0 0 ${Math.max(progress.length, 1)} ${total || 1}`);
  strip.setAttribute("aria-label", `progress of ${progress.length} participants, ${done} of them at the end`);
  strip.replaceChildren(...progress.map((voted, at) => drawn("rect", {
    x: at + 0.05, y: total - voted, width: 0.9, height: voted, class: voted === total ? "done" : "",
  })));
}

function plot(rates) {
  const left = 180, right = 60, width = 800, row = 44, height = row * rates.length + 40;
  const x = (share) => left + share * (width - left - right);
  const svg = find(".plot");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-label", rates.length ? `fooling rates: ${rates.map(
    ({ name, rate, low, high }) => `${name} ${percent(rate)}, from ${percent(low)} to ${percent(high)}`).join("; ")}` : "no rates yet");
  const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    drawn("line", { x1: x(share), x2: x(share), y1: 0, y2: height - 30, class: share === 0.5 ? "guess" : "axis", opacity: share === 0.5 ? 1 : 0.25 }),
    drawn("text", { x: x(share), y: height - 8, "text-anchor": "middle" }, percent(share)),
  ]);
  const rows = rates.flatMap(({ name, rate, low, high }, at) => {
    const y = row * (at + 0.5);
    return [
      drawn("text", { x: left - 16, y: y + 6, "text-anchor": "end" }, name),
      drawn("line", { x1: x(low), x2: x(high), y1: y, y2: y, class: "interval" }),
      drawn("circle", { cx: x(rate), cy: y, r: 8 }),
      drawn("text", { x: width - 4, y: y + 6, "text-anchor": "end" }, percent(rate)),
    ];
  });
  svg.replaceChildren(...ticks, ...rows);
}

function table(rates) {
  find("tbody").replaceChildren(...rates.map(({ name, rate, low, high, trials, participants }) => {
    const row = document.createElement("tr");
    const head = Object.assign(document.createElement("th"), { scope: "row", textContent: name });
    row.append(head, ...[percent(rate), `${percent(low)} to ${percent(high)}`, trials, participants]
      .map((text) => Object.assign(document.createElement("td"), { textContent: text })));
    return row;
  }));
}

function join(url) {
  const address = url ?? new URL("../../", location.href).href;
  if (find(".address").textContent === address) return;
  find(".address").textContent = address;
  Object.assign(find(".qr"), { src: `qr.svg?of=${encodeURIComponent(address)}`, alt: `QR code of ${address}`, hidden: false });
}

function show(now) {
  find(".status").textContent = TELL[now.status];
  for (const button of document.querySelectorAll("button")) button.disabled = button.dataset.status === now.status;
  join(now.url);
  people(now);
  plot(now.rates);
  table(now.rates);
  find(".left-out").textContent = now.left_out
    ? `Not counted, because they missed too many pairs with random colours: ${now.left_out}.` : "";
}

async function ask(path, message) {
  try {
    const answer = await fetch(path, {
      method: message ? "POST" : "GET", body: message && JSON.stringify(message), cache: "no-store",
      headers: message ? { "Content-Type": "application/json" } : {}, signal: AbortSignal.timeout(10_000),
    });
    const content = await answer.json();
    if (!answer.ok) throw new Error(content.error);
    show(content);
    find(".message").textContent = "";
  } catch (error) {
    find(".message").textContent = `What stands below may be old: the server does not answer (${error.message}).`;
  }
}

for (const button of document.querySelectorAll("button")) {
  button.addEventListener("click", () => ask("status", { status: button.dataset.status }));
}
for (;;) {
  await ask("live");
  await new Promise((done) => setTimeout(done, EVERY));
}
