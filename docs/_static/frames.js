// Sliders over pictures that were drawn beforehand: frames.json says what each shows.
const base = new URL("frames/", import.meta.url);
const about = await (await fetch(new URL("frames.json", base))).json();

for (const box of document.querySelectorAll(".ck-frames")) {
  const { frames, width, height } = about[box.dataset.frames];
  const id = `ck-${box.dataset.frames}`;
  const picture = document.createElement("div");
  picture.className = "ck-frame";
  picture.setAttribute("role", "img");
  picture.style.aspectRatio = `${width} / ${height}`;
  picture.style.maxWidth = `${width}px`;
  picture.style.backgroundImage = `url("${new URL(`${box.dataset.frames}.webp`, base)}")`;
  picture.style.backgroundSize = `100% ${100 * frames.length}%`;
  const label = document.createElement("label");
  label.htmlFor = id;
  const slider = Object.assign(document.createElement("input"), {
    type: "range", id, min: 0, max: frames.length - 1, step: 1,
  });
  // Along the slider numbers grow, whatever the order of the frames.
  const order = frames.map((_, number) => number).sort((one, other) => frames[one] - frames[other]);
  const show = () => {
    const number = order[slider.value];
    const value = String(frames[number]);
    picture.style.backgroundPositionY = `${(100 * number) / (frames.length - 1)}%`;
    picture.setAttribute("aria-label", box.dataset.what.replace("{}", value));
    slider.setAttribute("aria-valuetext", `${box.dataset.unit} = ${value}`);
    label.textContent = `${box.dataset.label} = ${value}`;
  };
  slider.addEventListener("input", show);
  slider.value = order.findIndex((number) => frames[number] === Number(box.dataset.start));
  show();
  box.append(picture, label, slider);
  box.dataset.ready = "yes";
}
