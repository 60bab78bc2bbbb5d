// The colorizers of the course in the browser: coursekit.colorizer.LightColorizer, step by step.
import * as ort from "../runtime/ort.wasm.min.mjs";
import { join, lightness } from "./lab.js";
import { resize, rows } from "./resize.js";

const MODELS = new URL("../models/", import.meta.url);
ort.env.wasm.wasmPaths = new URL("../runtime/", import.meta.url).href;
// More threads need headers that not every host of pages sends.
ort.env.wasm.numThreads = 1;

const fetched = new Map();
const sessions = new Map();

async function get(name, read) {
  const answer = await fetch(new URL(name, MODELS));
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
  return answer[read]();
}

/** Fetch once, and again after a failure: a lost connection is no reason to load the page anew. */
function once(store, key, make) {
  if (!store.has(key)) {
    const made = make();
    store.set(key, made);
    made.catch(() => store.delete(key));
  }
  return store.get(key);
}

export const about = () => once(fetched, "models.json", () => get("models.json", "json"));
const part = (name) => once(fetched, name, () => get(`${name}.bin`, "arrayBuffer"));

/** Half precision, widened: a table of all its 65,536 numbers. */
function halves() {
  const table = new Float32Array(2 ** 16);
  for (let bits = 0; bits < table.length; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else if (exponent === 31) table[bits] = fraction ? NaN : sign * Infinity;
    else table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return table;
}

/** All weights of a network in float32, one behind the other, as its graph expects them. */
async function weights(arrays) {
  const table = halves();
  const all = new Float32Array(arrays.reduce((sum, [, , count]) => sum + count, 0));
  let at = 0;
  for (const [file, offset, count, bytes] of arrays) {
    const buffer = await part(file);
    if (bytes === 4) all.set(new Float32Array(buffer, offset, count), at);
    else new Uint16Array(buffer, offset, count).forEach((bits, i) => { all[at + i] = table[bits]; });
    at += count;
  }
  return new Uint8Array(all.buffer);
}

async function start(name) {
  const [{ models }, graph] = await Promise.all([about(), get(`${name}.onnx`, "arrayBuffer")]);
  return ort.InferenceSession.create(new Uint8Array(graph), {
    executionProviders: ["wasm"],
    externalData: [{ path: "weights", data: await weights(models[name].arrays) }],
  });
}

const session = (name) => once(sessions, name, () => start(name));

/** Round halves to even, as Python does. */
function round(x) {
  const down = Math.floor(x);
  return x - down === 0.5 ? down + (down % 2) : Math.round(x);
}

const divisor = (one, other) => (other ? divisor(other, one % other) : one);

/** The photo's height and width at the network's size: the long side at most four times the short. */
export function networkSize(height, width, size) {
  const step = divisor(size, 16);
  const short = Math.min(height, width);
  return [height, width].map((side) => Math.min(4 * size, round((side * size) / short / step) * step));
}

/** a and b, each a plane, of a network's answer (height, width, channels). */
export function decode(answer, channels, temperature, bins) {
  const count = answer.length / channels;
  const planes = [new Float32Array(count), new Float32Array(count)];
  for (let at = 0, i = 0; at < count; at++, i += channels) {
    if (temperature === null) {
      planes[0][at] = 128 * answer[i];
      planes[1][at] = 128 * answer[i + 1];
      continue;
    }
    let largest = -Infinity;
    for (let bin = 0; bin < channels; bin++) largest = Math.max(largest, answer[i + bin]);
    let sum = 0, a = 0, b = 0;
    for (let bin = 0; bin < channels; bin++) {
      const share = Math.exp((answer[i + bin] - largest) / temperature);
      sum += share;
      a += share * bins[bin][0];
      b += share * bins[bin][1];
    }
    planes[0][at] = a / sum;
    planes[1][at] = b / sum;
  }
  return planes;
}

/** A photo that was looked at once: its lightness, and what each network says of it. */
export class Photo {
  constructor(rgba, width, height) {
    this.size = [height, width];
    this.alpha = rgba;
    this.L = lightness(rgba);
    this.answers = new Map();
  }

  async answer(name) {
    if (!this.answers.has(name)) {
      const { models } = await about();
      const seen = networkSize(...this.size, models[name].size);
      const small = resize(this.L, this.size, seen, "bicubic").map((L) => L / 50 - 1);
      const network = await session(name);
      const input = new ort.Tensor("float32", small, [1, ...seen, 1]);
      const output = (await network.run({ [network.inputNames[0]]: input }))[network.outputNames[0]];
      this.answers.set(name, { seen, dims: output.dims, data: output.data });
    }
    return this.answers.get(name);
  }

  /** RGBA in colour; by default at the temperature that the colorizer came with. */
  async coloured(name, temperature) {
    const { models, bins } = await about();
    const { seen, dims, data } = await this.answer(name);
    const T = models[name].temperature === null ? null : temperature ?? models[name].temperature;
    const planes = decode(data, dims[3], T, bins)
      .map((plane) => resize(plane, [dims[1], dims[2]], seen, "bilinear"));
    return this.painted(...planes.map((plane) => rows(plane, seen, this.size, "bicubic")));
  }

  /** RGBA of L alone. */
  grey() {
    const none = new Float32Array(this.size[1]);
    return this.painted(() => none, () => none);
  }

  painted(aRow, bRow) {
    const [height, width] = this.size;
    const rgba = new Uint8ClampedArray(4 * this.L.length);
    for (let row = 0, at = 0; row < height; row++) {
      const a = aRow(row);
      const b = bRow(row);
      for (let column = 0; column < width; column++, at++) {
        join(this.L[at], a[column], b[column], rgba, 4 * at);
        rgba[4 * at + 3] = this.alpha[4 * at + 3];
      }
    }
    return rgba;
  }
}
