// Resizing of one plane of floats as Pillow does it: two passes, wider kernels where it shrinks.
const KERNELS = {
  bicubic: {
    reach: 2,
    at(x) {
      x = Math.abs(x);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    },
  },
  bilinear: { reach: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
};

/** For each place of the result: where its samples begin, and their weights. */
function taps(from, to, kernel) {
  const { reach, at } = KERNELS[kernel];
  const scale = from / to;
  const wide = Math.max(scale, 1);
  return Array.from({ length: to }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach * wide + 0.5));
    const end = Math.min(from, Math.trunc(centre + reach * wide + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_, i) => at((first + i - centre + 0.5) / wide));
    const sum = weights.reduce((one, other) => one + other, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/** Resize rows only: (height, from) becomes (height, to). */
function across(plane, height, from, to, kernel) {
  if (from === to) return plane;
  const made = new Float32Array(height * to);
  taps(from, to, kernel).forEach(({ first, weights }, column) => {
    for (let row = 0; row < height; row++) {
      let sum = 0;
      for (let i = 0, at = row * from + first; i < weights.length; i++, at++) sum += weights[i] * plane[at];
      made[row * to + column] = sum;
    }
  });
  return made;
}

/** Give the rows of a resized plane one after the other, so that none but the last is kept. */
export function rows(plane, [height, width], [newHeight, newWidth], kernel) {
  const wide = across(plane, height, width, newWidth, kernel);
  const down = taps(height, newHeight, kernel);
  const row = new Float32Array(newWidth);
  return (number) => {
    const { first, weights } = down[number];
    row.fill(0);
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i];
      const start = (first + i) * newWidth;
      for (let column = 0; column < newWidth; column++) row[column] += weight * wide[start + column];
    }
    return row;
  };
}

/** Resize a plane of (height, width). */
export function resize(plane, size, newSize, kernel) {
  const row = rows(plane, size, newSize, kernel);
  const made = new Float32Array(newSize[0] * newSize[1]);
  for (let number = 0; number < newSize[0]; number++) made.set(row(number), number * newSize[1]);
  return made;
}
