// Points by hand: every click is saved; keys do what buttons do.

const find = (selector, inside = document) => inside.querySelector(selector);
const made = (tag, settings = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), settings);
  element.append(...children);
  return element;
};
const WAIT = 600; // ms without a key after which a comment is saved
const RETRY = 3000; // ms after which a save that failed is tried again

let questions = [];
let place = 0;
let shown = 0; // counts questions that were opened, so that an answer that comes late is dropped

async function ask(path, message) {
  const how = message && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(message) };
  const answer = await fetch(path, how);
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(found.error ?? `The server said ${answer.status}.`), { final: answer.status === 400 });
  return found;
}

function tell(text) {
  find(".message").textContent = text;
}

const question = () => questions[place];
const cards = () => [...document.querySelectorAll("article")].filter((card) => !card.hidden);
const sum = (lines) => lines.reduce((total, points) => total + (points ?? 0), 0);

function draw(card) {
  const { lines, points } = card.mark;
  const open = lines.filter((line) => line === null).length;
  const total = points ?? sum(lines);
  const begun = open < lines.length;
  card.classList.toggle("done", points !== null);
  find(".points", card).textContent = points !== null ? `${total} of ${question().of}`
    : begun ? `${total} of ${question().of}, ${open} ${open === 1 ? "line" : "lines"} open` : "open";
  find(".lines", card).childNodes.forEach((button, at) => {
    const most = question().rubric[at][0];
    const given = lines[at];
    button.dataset.given = given === null ? "open" : given === most ? "all" : given ? "half" : "none";
    find(".given", button).textContent = given === null ? `– of ${most}` : `${given} of ${most}`;
    button.setAttribute("aria-label", `${question().rubric[at][1]}: ${given === null ? "open" : given} of ${most} points`);
  });
}

// Saves come one after another, the newest last, so that no older one arrives behind it.
function save(card) {
  clearTimeout(card.timer);
  card.timer = null;
  card.unsaved = true;
  card.saving ??= send(card);
  return card.saving;
}

async function send(card) {
  while (card.unsaved) {
    card.unsaved = false;
    find(".state", card).textContent = "saving …";
    const { lines } = card.mark;
    try {
      const kept = await ask(`answers/${card.dataset.id}`, { lines, comment: find("textarea", card).value });
      if (!card.unsaved) {
        card.mark = { ...card.mark, points: kept.points };
        find(".state", card).textContent = "saved";
        tell("");
      }
    } catch (error) {
      find(".state", card).textContent = "not saved";
      tell(`${error.message} ${error.final ? "" : "What you entered stays here and is tried again."}`);
      if (error.final) break;
      await new Promise((done) => setTimeout(done, RETRY));
      card.unsaved = true;
    }
  }
  card.saving = null;
  if (card.isConnected) {
    draw(card);
    count();
  }
}

function give(card, lines) {
  const points = lines.includes(null) ? null : sum(lines);
  card.mark = { ...card.mark, lines, points };
  draw(card);
  save(card);
}

function turn(card, at) {
  const most = question().rubric[at][0];
  const next = new Map([[null, most], [most, most / 2], [most / 2, 0], [0, most]]);
  give(card, card.mark.lines.map((points, line) => (line === at ? next.get(points) : points)));
}

function card(answer, number) {
  const text = made("div", { className: "text" });
  // HTML that the server made of Markdown, tags of students escaped; the page's policy runs nothing.
  text.innerHTML = answer.html;
  const lines = made("div", { className: "lines" });
  const element = made(
    "article", { tabIndex: -1 },
    made("h3", {}, made("span", { textContent: answer.student ?? `Answer ${number + 1}` }), made("span", { className: "points" })),
    text, lines,
    made("textarea", { value: answer.comment, placeholder: "comment for the student", maxLength: 2000 }),
    made("div", { className: "state" }),
  );
  element.dataset.id = answer.id;
  element.mark = { lines: answer.lines, points: answer.points };
  find("textarea", element).setAttribute("aria-label", `comment on answer ${number + 1}`);
  question().rubric.forEach(([, words], at) => {
    const button = made(
      "button", { type: "button" },
      made("kbd", { textContent: at + 1 }), made("span", { className: "given" }), made("span", { textContent: words }),
    );
    button.addEventListener("click", () => turn(element, at));
    lines.append(button);
  });
  find("textarea", element).addEventListener("input", () => {
    clearTimeout(element.timer);
    element.timer = setTimeout(() => save(element), WAIT);
    find(".state", element).textContent = "…";
  });
  find("textarea", element).addEventListener("change", () => save(element));
  draw(element);
  return element;
}

function count() {
  const all = [...document.querySelectorAll("article")];
  const done = all.filter((each) => each.classList.contains("done")).length;
  Object.assign(question(), { done, answers: all.length });
  Object.assign(find(".progress"), { value: done, max: all.length || 1 });
  find(".count").textContent = `${done} of ${all.length} have points`;
  find(".question").options[place].textContent = label(question());
}

const label = ({ assignment, name, done, answers }) => `${assignment}, ${name} (${done} of ${answers})`;

function narrow() {
  const only = find(".open-only").checked;
  for (const each of document.querySelectorAll("article")) each.hidden = only && each.classList.contains("done");
}

async function open(at) {
  const mine = (shown += 1);
  // What was typed is stored before the same answers are asked for again.
  await Promise.all([...document.querySelectorAll("article")].map((each) => (each.timer ? save(each) : each.saving)));
  if (mine !== shown) return;
  place = at;
  find(".question").value = at;
  const { asked, rubric, model } = question();
  find(".asked").innerHTML = asked;
  find(".rubric").replaceChildren(...rubric.map(([points, words]) => made("li", { textContent: `${points} points: ${words}` })));
  find(".model").open = false;
  find(".model div").innerHTML = model;
  try {
    const answers = await ask(`questions/${at}?names=${find(".names").checked ? 1 : 0}`);
    if (mine !== shown) return;
    find(".answers").replaceChildren(...answers.map(card));
    count();
    narrow();
    (cards().find((each) => !each.classList.contains("done")) ?? cards()[0])?.focus({ preventScroll: true });
  } catch (error) {
    tell(error.message);
  }
}

const current = () => document.activeElement?.closest("article");

// Only who looks for something goes round past the end.
function step(by, wanted) {
  const all = cards();
  const from = all.indexOf(current());
  const behind = all.slice(from + 1), before = all.slice(0, Math.max(from, 0));
  const order = by < 0 ? before.reverse() : wanted ? [...behind, ...before] : behind;
  const next = order.find(wanted ?? (() => true));
  if (!next) return;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  const mine = current();
  if (event.key === "Escape" && mine) {
    mine.focus();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("textarea, select, input")) return;
  const line = Number(event.key) - 1;
  const act = {
    j: () => step(1), k: () => step(-1),
    u: () => step(1, (each) => !each.classList.contains("done")),
    m: () => { find(".model").open = !find(".model").open; },
    "]": () => place + 1 < questions.length && open(place + 1),
    "[": () => place > 0 && open(place - 1),
    ...(mine && {
      f: () => give(mine, question().rubric.map(([most]) => most)),
      0: () => give(mine, mine.mark.lines.map((points) => points ?? 0)),
      c: () => find("textarea", mine).focus(),
    }),
  }[event.key] ?? (mine && line >= 0 && line < question().rubric.length && (() => turn(mine, line)));
  if (!act) return;
  event.preventDefault();
  act();
});

find(".question").addEventListener("change", (event) => open(Number(event.target.value)));
find(".open-only").addEventListener("change", narrow);
find(".names").addEventListener("change", () => open(place));
window.addEventListener("beforeunload", (event) => {
  if ([...document.querySelectorAll("article")].some((each) => each.saving || each.unsaved)) event.preventDefault();
});

try {
  questions = await ask("questions");
  find(".question").replaceChildren(...questions.map((each, at) => made("option", { value: at, textContent: label(each) })));
  const first = questions.findIndex(({ done, answers }) => done < answers);
  await open(Math.max(first, 0));
} catch (error) {
  tell(error.message);
}
