// The page that colours a photo: choose, wait, compare, keep. Nothing is sent anywhere.
import { about } from "./colorizer.js";

const LARGEST = 50e6; // pixels; above, browsers refuse canvases or run out of memory
const find = (name) => document.getElementById(`ck-${name}`);
const [drop, file, camera, status, controls, model, temperature, temperatureBox, temperatureLabel] =
  ["drop", "file", "camera", "status", "controls", "model", "temperature", "temperature-box", "temperature-label"].map(find);
const [result, pair, before, after, line, divider, save] =
  ["result", "pair", "before", "after", "line", "divider", "save"].map(find);

const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
let request = 0;
let shown = null; // the photo: its name, type, width and height

function say(text, wrong = false) {
  status.textContent = text;
  status.classList.toggle("ck-wrong", wrong);
}

/** Have the worker colour the open photo, or a new one; only the last request is answered. */
function colour(open) {
  request += 1;
  const started = performance.now();
  const id = request;
  document.body.dataset.colour = "busy";
  save.disabled = true;
  say(open ? `Colouring ${shown.name} …` : "Colouring anew …");
  return new Promise((resolve) => {
    worker.addEventListener("message", function answered({ data }) {
      if (data.id !== id) return;
      worker.removeEventListener("message", answered);
      if (id !== request) return resolve(); // something else was asked meanwhile
      if (data.error) {
        document.body.dataset.colour = "failed";
        say(`This did not work: ${data.error}. Check the connection and choose the photo again.`, true);
        return resolve();
      }
      if (data.grey) paint(before, data.grey);
      paint(after, data.coloured);
      result.hidden = controls.hidden = false;
      save.disabled = false;
      document.body.dataset.colour = "done";
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      say(`${shown.name}, ${shown.width} × ${shown.height} pixels, coloured in ${seconds} s.`);
      resolve();
    });
    const T = temperatureBox.hidden ? null : Number(temperature.value);
    worker.postMessage({ id, open, model: model.value, temperature: T }, open ? [open.rgba] : []);
  });
}

function paint(canvas, rgba) {
  canvas.width = shown.width;
  canvas.height = shown.height;
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(rgba), shown.width), 0, 0);
}

async function take(chosen) {
  if (!chosen) return;
  say(`Reading ${chosen.name} …`);
  let picture;
  try {
    picture = await createImageBitmap(chosen); // upright, as EXIF says
  } catch {
    say(`${chosen.name}: this browser cannot read it as a photo. JPEG, PNG and WebP always work.`, true);
    return;
  }
  const { width, height } = picture;
  if (width * height > LARGEST) {
    say(`${chosen.name}: ${Math.round(width * height / 1e6)} megapixels are too many for a page; ` +
      "a smaller copy works, and so does coursekit colorize.", true);
    return;
  }
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  picture.close();
  const rgba = context.getImageData(0, 0, width, height).data.buffer;
  shown = { name: chosen.name, type: chosen.type, width, height };
  await colour({ rgba, width, height });
}

function divide(share) {
  divider.value = share;
  // Left of the line is before, right of it after.
  before.style.clipPath = `inset(0 ${100 - divider.value}% 0 0)`;
  line.style.left = `${divider.value}%`;
  divider.setAttribute("aria-valuetext", `${divider.value} % of the width before colouring`);
}

async function choose() {
  const { models } = await about();
  const T = models[model.value].temperature;
  temperatureBox.hidden = T === null;
  if (T !== null) temperature.value = T;
  label();
}

function label() {
  temperatureLabel.textContent = `Temperature ${Number(temperature.value).toFixed(2)}`;
}

file.addEventListener("change", () => take(file.files[0]));
camera.addEventListener("change", () => take(camera.files[0]));
for (const [button, input] of [["choose", file], ["shoot", camera]]) {
  find(button).addEventListener("click", () => {
    input.value = ""; // else the same photo again, after a failure, would change nothing
    input.click();
  });
}
for (const [kind, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("ck-over", over);
    if (kind === "drop") take(event.dataTransfer.files[0]);
  });
}
addEventListener("paste", (event) => take(event.clipboardData?.files[0]));
model.addEventListener("change", async () => { await choose(); if (shown) colour(); });
temperature.addEventListener("input", label);
temperature.addEventListener("change", () => { if (shown) colour(); });
divider.addEventListener("input", () => divide(divider.value));
pair.addEventListener("pointerdown", (event) => {
  const move = ({ clientX }) => {
    const { left, width } = pair.getBoundingClientRect();
    divide(Math.min(100, Math.max(0, (100 * (clientX - left)) / width)));
  };
  move(event);
  pair.setPointerCapture(event.pointerId);
  pair.onpointermove = move;
  pair.onpointerup = pair.onpointercancel = () => { pair.onpointermove = null; };
});
save.addEventListener("click", () => {
  const type = shown.type === "image/jpeg" ? "image/jpeg" : "image/png";
  after.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${shown.name.replace(/\.[^.]*$/, "")}-coloured.${type === "image/png" ? "png" : "jpg"}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }, type, 0.95);
});
divide(50);
choose().then(
  () => { document.body.dataset.colour = "ready"; },
  (error) => say(`The colorizers could not be fetched: ${error.message}. Load the page again.`, true),
);
