// The pair of a Turing test: two photos side by side, keys and clicks, exposure and reaction time by the browser's clock.
// What a photo is (real or coloured) is known to the kernel alone; after a practice vote it comes in `feedback`.

const BLANK = 700; // ms without photos before each pair, in which no key counts: held keys and double clicks end here
const PATIENCE = 6000; // ms until a vote without an answer is called lost
const SIDES = ["left", "right"];
const KEYS = { ArrowLeft: 0, 1: 0, ArrowRight: 1, 2: 1 };

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const frame = () => new Promise((done) => requestAnimationFrame(done));

// The code of a session stays in this tab, so that a page loaded anew or a kernel started anew finds it.
function remembered(model, code) {
  try {
    const key = `coursekit-turing-${model.get("experiment")}`;
    if (code) sessionStorage.setItem(key, code);
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return ""; // some hosts forbid storage; the code is on the page
  }
}

function initialize({ model }) {
  model.on("change:code", () => remembered(model, model.get("code")));
  model.send({ kind: "ready", code: remembered(model, model.get("code")) });
}

function render({ model, el }) {
  const prompt = element("p", { className: "ck-prompt" });
  prompt.setAttribute("aria-live", "polite");
  const images = SIDES.map((side) => element("img", { alt: `${side} photo`, draggable: false, hidden: true }));
  const notes = SIDES.map(() => element("span", { className: "ck-note" }));
  const tiles = SIDES.map((side, at) => {
    const tile = element("button", { type: "button", className: `ck-tile ck-${side}` }, images[at], notes[at]);
    tile.setAttribute("aria-label", `${side} photo`);
    tile.addEventListener("click", () => vote(at));
    return tile;
  });
  const keys = element("p", { className: "ck-keys" }, "keys: ← or 1 for the left photo, → or 2 for the right one");
  const next = element("button", { type: "button", className: "ck-next" });
  next.addEventListener("click", proceed);
  const root = element("div", { className: "ck-pair", tabIndex: -1 }, prompt,
    element("div", { className: "ck-tiles" }, ...tiles), next, keys);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "a pair of photos");
  root.addEventListener("keydown", onKey);
  el.append(root);
  queueMicrotask(() => { // once attached: JupyterLab's shortcuts leave the whole frame alone, its buttons too
    (root.closest(".ck-turing") ?? root).dataset.lmSuppressShortcuts = "true";
  });

  let phase, onset, exposed, timer;
  let attended = false; // whether this view has shown a pair since it was drawn or paused

  function enter(name, text) {
    clearTimeout(timer);
    phase = root.dataset.phase = name;
    prompt.textContent = text;
    const open = name === "answer" || name === "open";
    for (const tile of tiles) tile.setAttribute("aria-disabled", String(!open));
    next.hidden = !(name === "gate" || name === "feedback");
    if (next.hidden) root.focus({ preventScroll: true });
    else next.focus({ preventScroll: true });
  }

  function clear() {
    images.forEach((image, at) => {
      image.hidden = true;
      if (image.src) URL.revokeObjectURL(image.src);
      image.removeAttribute("src");
      notes[at].textContent = "";
      tiles[at].classList.remove("ck-real");
    });
  }

  async function load(pair) {
    pair.photos.forEach((bytes, at) => { images[at].src = URL.createObjectURL(new Blob([bytes])); });
    await Promise.all(images.map((image) => image.decode()));
  }

  function arrive() {
    clearTimeout(timer);
    clear();
    const pair = model.get("pair");
    if (!pair.token) {
      attended = false;
      phase = root.dataset.phase = "idle";
      return;
    }
    onset = exposed = null;
    if (pair.seconds !== null && model.get("seen") === pair.token) ask(pair); // this page was loaded anew
    else if (pair.gate || !attended) {
      const how = pair.seconds === null ? "They stay until you answer."
        : `You will see them for ${pair.seconds} second${pair.seconds === 1 ? "" : "s"}.`;
      enter("gate", `Two photos will appear here. ${how}`);
      next.textContent = "Show the photos";
    } else present(pair);
  }

  async function present(pair) {
    attended = true;
    enter("blank", "Look here …");
    try {
      await Promise.all([load(pair), new Promise((done) => { timer = setTimeout(done, BLANK); })]);
      await frame(); // in a page that nobody sees no frame comes, and the photos wait
    } catch (error) {
      prompt.textContent = "The browser cannot show this pair. Load the page again, and tell who runs the test.";
      throw error;
    }
    if (model.get("pair").token !== pair.token) return;
    for (const image of images) image.hidden = false;
    if (pair.seconds === null) enter("open", model.get("question"));
    else enter("shown", "Look …");
    await frame();
    onset = performance.now(); // the frame before this one has painted them
    model.set("seen", pair.token);
    model.save_changes();
    if (pair.seconds === null) return;
    timer = setTimeout(() => {
      exposed = performance.now() - onset;
      ask(pair);
    }, 1000 * pair.seconds);
  }

  function ask() {
    clear();
    notes.forEach((note, at) => { note.textContent = SIDES[at]; });
    enter("answer", model.get("question"));
  }

  function vote(at) {
    if (phase !== "answer" && phase !== "open") return;
    const now = performance.now();
    const token = model.get("pair").token;
    const reaction = onset === null ? null : now - onset;
    enter("sent", "Saving …");
    clear();
    notes[at].textContent = "your answer";
    model.send({ kind: "vote", token, side: SIDES[at], reaction, exposure: exposed ?? reaction });
    timer = setTimeout(() => {
      prompt.textContent = "No answer came back. If the kernel was restarted, run the cell again " +
        "and enter your code; otherwise load the page again.";
    }, PATIENCE);
  }

  async function tell() {
    const feedback = model.get("feedback");
    const pair = model.get("pair");
    if (!feedback.token || feedback.token !== pair.token) return;
    clear();
    await load(pair);
    images.forEach((image, at) => {
      image.hidden = false;
      const real = SIDES[at] === feedback.real;
      notes[at].textContent = real ? "real" : "coloured by a program";
      tiles[at].classList.toggle("ck-real", real);
    });
    next.textContent = "Next pair";
    enter("feedback", feedback.text);
  }

  function proceed() {
    const pair = model.get("pair");
    if (phase === "gate") present(pair);
    else if (phase === "feedback") {
      enter("sent", "…");
      model.send({ kind: "next", token: pair.token });
    }
  }

  function onKey(event) {
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const side = KEYS[event.key];
    if (side !== undefined) {
      event.preventDefault();
      if (!event.repeat) vote(side);
    } else if (event.repeat && (event.key === "Enter" || event.key === " ")) event.preventDefault();
  }

  model.on("change:pair", arrive);
  model.on("change:feedback", tell);
  arrive();
  tell();
  return () => {
    clearTimeout(timer);
    model.off("change:pair", arrive);
    model.off("change:feedback", tell);
    clear();
  };
}

export default { initialize, render };
