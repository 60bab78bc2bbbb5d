// The page of a participant around the pair: begin, come back, send votes, wait for a lost connection.
// The pair itself is the notebook widget's; it gets a model that looks like anywidget's.

import pair from "./pair.js";

const MESSAGE = 15_000, PICTURE = 90_000; // ms until an answer of the server, or a whole picture, counts as lost
const OFFLINE = "No connection to the server. What you answered is safe; this page tries again by itself.";

const main = document.querySelector("main");
const find = (selector) => main.querySelector(selector);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

class Refusal extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

// What this browser remembers: the participant's code, and the last pair it has shown. There are no cookies.
const memory = (() => {
  const key = `coursekit-turing-${document.documentElement.dataset.experiment}`;
  let kept = { code: "", seen: 0 };
  try {
    kept = { ...kept, ...JSON.parse(localStorage.getItem(key)) };
  } catch { /* forbidden, or not ours; the code stands on the page */ }
  return {
    get: () => kept,
    set(values) {
      kept = values.code !== undefined && values.code !== kept.code ? { code: values.code, seen: 0 } : { ...kept, ...values };
      try {
        localStorage.setItem(key, JSON.stringify(kept));
      } catch { /* forbidden */ }
    },
  };
})();

function model(values, send) {
  const listeners = new Map();
  return {
    get: (name) => values[name],
    set(name, value) {
      values[name] = value;
      for (const listener of listeners.get(`change:${name}`) ?? []) listener();
    },
    save_changes() {},
    on: (name, listener) => listeners.set(name, [...(listeners.get(name) ?? []), listener]),
    off: (name, listener) => listeners.set(name, (listeners.get(name) ?? []).filter((each) => each !== listener)),
    send,
  };
}

const shown = model(
  {
    pair: {}, feedback: {}, seen: 0, question: main.dataset.question,
    lost: "Your answer has not arrived yet. This page goes on trying; you may also load it again later.",
  },
  (message) => (message.kind === "vote" ? vote(message) : message.kind === "next" ? show(upcoming) : undefined),
);
shown.on("change:seen", () => memory.set({ seen: shown.get("seen") }));
pair.render({ model: shown, el: find(".ck-place") });

let step; // what the server said last
let upcoming; // the step after a practice pair, prepared while its answer is read
let turn = 0; // grows when the page turns to something else, so that what still waits for the old stops

function open(name) {
  for (const page of main.querySelectorAll("[data-page]")) page.hidden = page.dataset.page !== name;
}

function say(sentence) {
  find(".ck-message").textContent = sentence;
}

// Ask until there is an answer: a lost connection, a restarted server and too many requests pass.
async function ask(path, message, read = "json") {
  for (let tries = 0; ; tries += 1) {
    let seconds = Math.min(2 ** tries, 8) * (0.5 + Math.random() / 2); // a class does not come back in one instant
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), read === "json" ? MESSAGE : PICTURE);
    try {
      const headers = { "X-Code": memory.get().code, ...(message && { "Content-Type": "application/json" }) };
      const answer = await fetch(path, {
        method: message ? "POST" : "GET", body: message && JSON.stringify(message), headers, signal: abort.signal,
        credentials: "same-origin", cache: "no-store",
      });
      if (answer.ok) {
        const content = await answer[read]();
        find(".ck-connection").textContent = "";
        return content;
      }
      if (answer.status < 500 && answer.status !== 429) {
        const { error } = await answer.json().catch(() => ({}));
        throw new Refusal(answer.status, error ?? `The server refuses (${answer.status}); load the page again.`);
      }
      seconds = Math.max(seconds, Number(answer.headers.get("Retry-After")) || 0);
    } catch (error) {
      if (error instanceof Refusal) throw error;
    } finally {
      clearTimeout(timer);
    }
    find(".ck-connection").textContent = OFFLINE;
    await Promise.race([wait(1000 * seconds), new Promise((done) => addEventListener("online", done, { once: true }))]);
  }
}

// Both pictures are here before the pair is shown, so that the network has no part in the exposure.
async function prepare(next) {
  if (!next.pictures) return next;
  const photos = await Promise.all(next.pictures.map((name) => ask(`picture/${name}`, null, "blob")));
  return { ...next, photos };
}

async function show(coming, gate = false) {
  const mine = (turn += 1);
  let next;
  try {
    next = await coming;
  } catch (refusal) { // the pair got its vote in another tab
    if (mine === turn) again(refusal);
    return;
  }
  if (mine !== turn) return;
  step = next;
  if (step.thanks) {
    shown.set("pair", {});
    memory.set({ code: "" }); // the next person at this browser begins anew
    find("[data-page=thanks]").innerHTML = step.thanks;
    open("thanks");
    find("[data-page=thanks]").focus();
  } else if (step.paused) {
    shown.set("pair", {});
    find(".ck-wait").textContent = step.paused;
    open("wait");
    await wait(3000 + 3000 * Math.random());
    if (mine === turn) show(ask("api/pair").then(prepare), true);
  } else {
    find(".ck-part").textContent = step.part;
    find(".ck-own").textContent = `${step.code.slice(0, 4)} ${step.code.slice(4)}`;
    Object.assign(find(".ck-progress"), { max: step.total, value: step.voted });
    open("pairs");
    shown.set("seen", memory.get().seen);
    shown.set("pair", { number: step.number, photos: step.photos, seconds: step.seconds, gate });
  }
}

async function vote({ kind, ...answer }) {
  const mine = turn;
  say("");
  try {
    const { feedback, next } = await ask("api/vote", { ...answer, ticket: step.ticket });
    if (mine !== turn) return;
    const coming = prepare(next);
    coming.catch(() => {}); // is heard of in show()
    if (feedback) {
      upcoming = coming;
      Object.assign(find(".ck-progress"), { value: next.voted });
      shown.set("feedback", feedback);
    } else show(coming);
  } catch (refusal) {
    if (mine === turn) again(refusal);
  }
}

// A vote or a picture was refused: say why, and go on with what the server says is next.
function again(refusal) {
  if (refusal.status === 404 && refusal.message.includes("code")) leave(refusal.message);
  else {
    say(refusal.message);
    show(ask("api/pair").then(prepare), true);
  }
}

function leave(sentence = "") {
  turn += 1;
  shown.set("pair", {});
  memory.set({ code: "" });
  say(sentence);
  open("start");
}

async function enter(path, message) {
  say("");
  try {
    const first = await ask(path, message);
    memory.set({ code: first.code }); // pictures are given to whom they are for
    await show(prepare(first), true);
  } catch (refusal) {
    leave(refusal.message);
  }
}

let begun = false; // a double click begins once
find(".ck-start").addEventListener("click", async () => {
  if (begun) return;
  begun = true;
  await enter("api/begin", {});
  begun = false;
});
find(".ck-resume").addEventListener("submit", (event) => {
  event.preventDefault();
  enter("api/resume", { code: find(".ck-code").value });
});
find(".ck-anew").addEventListener("click", () => leave());

if (memory.get().code) enter("api/resume", { code: memory.get().code });
else open("start");
