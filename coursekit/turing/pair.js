// The pair of a Turing test: two photos side by side, keys and clicks, exposure and reaction time by the browser's clock.
// Only the kernel, or the server, knows which photo is real; after a practice vote it says so in `feedback`.
// One source for both: a notebook gives anywidget's model, the page of a class (server/pages/take.js) one that looks like it.

const BLANK = 700; // ms without photos before a pair in which no answer counts: double clicks and held keys end here
const PATIENCE = 6000; // ms until an answer that nothing follows is called lost
const SIDES = ["left", "right"];
const LOST = "This answer was not saved. If the kernel was restarted, run the cell again and enter your code; "
  + "otherwise load the page again.";
const KEYS = { ArrowLeft: 0, 1: 0, ArrowRight: 1, 2: 1 };

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// A data: address, because some hosts (VS Code) let pictures come from nowhere else.
function address(bytes) {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = fail;
    reader.readAsDataURL(new Blob([bytes], { type: "image/png" }));
  });
}

const frame = () => new Promise((done) => requestAnimationFrame(done));

// A tab remembers its session's code, so that a page loaded anew or a restarted kernel can go on.
function tabMemory(model) {
  const key = `coursekit-turing-${model.get("experiment")}`;
  try {
    const code = model.get("code");
    if (code) sessionStorage.setItem(key, code);
    return {
      code: sessionStorage.getItem(key) ?? "",
      follow: () => (model.get("code") ? sessionStorage.setItem(key, model.get("code")) : sessionStorage.removeItem(key)),
    };
  } catch { // some hosts forbid storage; the code stands on the page
    return { code: "", follow: () => {} };
  }
}

function initialize({ model }) {
  const memory = tabMemory(model);
  model.on("change:code", memory.follow);
  model.send({ kind: "ready", code: memory.code });
}

function render({ model, el }) {
  const prompt = element("p", { className: "ck-prompt" });
  prompt.setAttribute("aria-live", "polite");
  const images = SIDES.map((side) => element("img", { alt: `${side} photo`, draggable: false, hidden: true }));
  const notes = SIDES.map(() => element("span", { className: "ck-note" }));
  const tiles = SIDES.map((side, at) => {
    const tile = element("button", { type: "button", className: `ck-tile ck-${side}` }, images[at], notes[at]);
    tile.addEventListener("click", () => answer(at));
    return tile;
  });
  const next = element("button", { type: "button", className: "ck-next" });
  next.addEventListener("click", proceed);
  const keys = element("p", { className: "ck-keys" }, "Keys: ← or 1 for the left photo, → or 2 for the right one.");
  const root = element("div", { className: "ck-pair", tabIndex: -1 },
    prompt, element("div", { className: "ck-tiles" }, ...tiles), next, keys);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "a pair of photos");
  root.addEventListener("keydown", onKey);
  el.append(root);

  let phase, onset, exposed, timer;
  let away = false; // whether the page was out of sight since the pair appeared
  let turn = 0; // grows with each pair that arrives, so that what still waits for an earlier one stops
  let attended = false; // whether this view showed a pair since it was drawn: the first one waits for a click

  function enter(name, text) {
    clearTimeout(timer);
    phase = root.dataset.phase = name;
    prompt.textContent = text;
    for (const tile of tiles) tile.setAttribute("aria-disabled", String(name !== "answer" && name !== "open"));
    next.hidden = name !== "gate" && name !== "feedback";
    (next.hidden ? root : next).focus({ preventScroll: true });
  }

  function label(texts, real = null) {
    tiles.forEach((tile, at) => {
      notes[at].textContent = texts[at];
      tile.classList.toggle("ck-real", SIDES[at] === real);
      tile.setAttribute("aria-label", real ? `${SIDES[at]} photo: ${texts[at]}` : `${SIDES[at]} photo`);
    });
  }

  function clear() {
    for (const image of images) {
      image.hidden = true;
      image.removeAttribute("src");
    }
    label(["", ""]);
  }

  async function load(photos) {
    const mine = turn;
    await Promise.all(images.map(async (image, at) => {
      const source = await address(photos[at]);
      if (mine !== turn) return;
      image.src = source;
      await image.decode();
    }));
  }

  function arrive() {
    turn += 1;
    clear();
    onset = exposed = null;
    away = false;
    const pair = model.get("pair");
    protect();
    if (!pair.number) {
      clearTimeout(timer);
      phase = root.dataset.phase = "idle";
    } else if (pair.seconds !== null && model.get("seen") === pair.number) ask(); // the page was loaded anew
    else if (pair.gate || !attended) {
      next.textContent = "Show the photos";
      enter("gate", pair.seconds === null ? "Two photos will appear here and stay until you answer."
        : `Two photos will appear here for ${pair.seconds} second${pair.seconds === 1 ? "" : "s"}.`);
    } else present();
  }

  async function present() {
    const mine = turn;
    const pair = model.get("pair");
    attended = true;
    enter("blank", "Look here …");
    try {
      await Promise.all([load(pair.photos), new Promise((done) => { timer = setTimeout(done, BLANK); })]);
    } catch {
      if (mine === turn) prompt.textContent = "The browser cannot show this pair; load the page again.";
      return;
    }
    await frame(); // no frame comes while nobody sees the page: the photos wait
    if (mine !== turn) return;
    for (const image of images) image.hidden = false;
    if (pair.seconds === null) enter("open", model.get("question"));
    else enter("shown", "Look …");
    await frame(); // the photos are on the screen now
    if (mine !== turn) return;
    onset = performance.now();
    model.set("seen", pair.number);
    model.save_changes();
    if (pair.seconds === null) return;
    if (document.hidden) conceal(); // between the two frames
    else timer = setTimeout(expose, 1000 * pair.seconds);
  }

  function expose() {
    exposed = performance.now() - onset;
    ask();
  }

  // Another tab, a locked phone, a closed lid: nobody sees the photos, so they do not come back for a second look.
  function conceal() {
    if (!document.hidden || onset === null) return;
    away = true;
    if (phase === "shown") expose();
  }

  function ask() {
    clear();
    label(SIDES);
    enter("answer", model.get("question"));
  }

  function answer(at) {
    if (phase !== "answer" && phase !== "open") return;
    const reaction = onset === null ? null : performance.now() - onset;
    enter("sent", "Saving …");
    clear();
    model.send({ kind: "vote", number: model.get("pair").number, side: SIDES[at], reaction, exposure: exposed ?? reaction, hidden: onset === null ? null : away });
    timer = setTimeout(() => {
      prompt.textContent = model.get("lost") ?? LOST;
    }, PATIENCE);
  }

  async function tell() {
    const feedback = model.get("feedback");
    if (!feedback.number || feedback.number !== model.get("pair").number) return;
    const mine = turn;
    await load(model.get("pair").photos);
    if (mine !== turn) return;
    for (const image of images) image.hidden = false;
    label(SIDES.map((side) => (side === feedback.fake ? "coloured by computer" : "real")),
      SIDES.find((side) => side !== feedback.fake));
    next.textContent = "Next pair";
    enter("feedback", feedback.text);
  }

  function proceed() {
    if (phase === "gate") present();
    else if (phase === "feedback") {
      enter("sent", "…");
      model.send({ kind: "next", number: model.get("pair").number });
    }
  }

  function onKey(event) {
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = KEYS[event.key];
    if (at !== undefined) {
      event.preventDefault();
      if (!event.repeat) answer(at);
    } else if (event.repeat && (event.key === "Enter" || event.key === " ")) event.preventDefault();
  }

  function protect() { // from JupyterLab's shortcuts: this widget and the frame's own buttons
    (root.closest(".ck-turing") ?? root).dataset.lmSuppressShortcuts = "true";
  }

  model.on("change:pair", arrive);
  model.on("change:feedback", tell);
  document.addEventListener("visibilitychange", conceal);
  arrive();
  tell();
  requestAnimationFrame(protect); // once it stands in the page
  return () => {
    turn += 1;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", conceal);
    model.off("change:pair", arrive);
    model.off("change:feedback", tell);
  };
}

export default { initialize, render };
