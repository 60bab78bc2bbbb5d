// Computes beside the page, which stays usable meanwhile.
import { Photo } from "./colorizer.js";

let photo;

self.onmessage = async ({ data: { id, open, model, temperature } }) => {
  try {
    let grey;
    if (open) {
      photo = new Photo(new Uint8ClampedArray(open.rgba), open.width, open.height);
      grey = photo.grey().buffer;
    }
    const coloured = (await photo.coloured(model, temperature)).buffer;
    self.postMessage({ id, grey, coloured }, grey ? [grey, coloured] : [coloured]);
  } catch (error) {
    self.postMessage({ id, error: String(error?.message ?? error) });
  }
};
