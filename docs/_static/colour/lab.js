// CIELAB as coursekit.color has it: sRGB, D65, 2° observer; the constants are scikit-image's.
const XYZ_FROM_RGB = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
];
const WHITE = [0.95047, 1.0, 1.08883];
const TO_XYZ = XYZ_FROM_RGB.map((row, i) => row.map((value) => value / WHITE[i]));
const FROM_XYZ = inverse(TO_XYZ);

// Linear light of the 256 levels of a channel.
const LINEAR = Float64Array.from({ length: 256 }, (_, level) => {
  const encoded = level / 255;
  return encoded > 0.04045 ? ((encoded + 0.055) / 1.055) ** 2.4 : encoded / 12.92;
});
// And back: so many steps that no level is missed, even near black, where they are steepest.
const STEPS = 2 ** 16 - 1;
const LEVEL = Uint8Array.from({ length: STEPS + 1 }, (_, step) => {
  const linear = step / STEPS;
  const encoded = linear > 0.0031308 ? 1.055 * linear ** (1 / 2.4) - 0.055 : 12.92 * linear;
  return Math.round(encoded * 255);
});

function inverse([[a, b, c], [d, e, f], [g, h, i]]) {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ].map((row) => row.map((value) => value / determinant));
}

// The cube root of CIELAB, with its straight piece near black.
const root = (x) => (x > 0.008856 ? Math.cbrt(x) : 7.787 * x + 16 / 116);

/** L, a and b of one 8-bit colour. */
export function labOf(red, green, blue) {
  const rgb = [LINEAR[red], LINEAR[green], LINEAR[blue]];
  const [x, y, z] = TO_XYZ.map((row) => root(row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2]));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** L, 0…100, of each pixel of RGBA. */
export function lightness(rgba) {
  const L = new Float32Array(rgba.length / 4);
  const [red, green, blue] = TO_XYZ[1].map((weight) => LINEAR.map((linear) => weight * linear));
  for (let at = 0, i = 0; at < L.length; at++, i += 4) {
    L[at] = 116 * root(red[rgba[i]] + green[rgba[i + 1]] + blue[rgba[i + 2]]) - 16;
  }
  return L;
}

const cubed = (r) => (r > 0.2068966 ? r * r * r : (r - 16 / 116) / 7.787);

/**
 * Write L, a and b as 8-bit RGB, whose L is the one given: a colour that sRGB cannot show moves
 * towards the grey of its luminance until it can.
 */
export function join(L, a, b, rgba, i) {
  const y = (L + 16) / 116;
  const X = cubed(y + a / 500);
  const Y = cubed(y);
  const Z = cubed(Math.max(y - b / 200, 0));
  let red = FROM_XYZ[0][0] * X + FROM_XYZ[0][1] * Y + FROM_XYZ[0][2] * Z;
  let green = FROM_XYZ[1][0] * X + FROM_XYZ[1][1] * Y + FROM_XYZ[1][2] * Z;
  let blue = FROM_XYZ[2][0] * X + FROM_XYZ[2][1] * Y + FROM_XYZ[2][2] * Z;
  const grey = Math.min(Math.max(Y, 0), 1);
  const above = Math.max(red, green, blue) - grey;
  const below = grey - Math.min(red, green, blue);
  // Of the way from grey to the colour, the share up to where the first channel meets 0 or 1.
  const share = Math.min((1 - grey) / Math.max(above, 1 - grey + 1e-9), grey / Math.max(below, grey + 1e-9));
  red = grey + share * (red - grey);
  green = grey + share * (green - grey);
  blue = grey + share * (blue - grey);
  rgba[i] = LEVEL[Math.min(Math.max(red, 0), 1) * STEPS + 0.5 | 0];
  rgba[i + 1] = LEVEL[Math.min(Math.max(green, 0), 1) * STEPS + 0.5 | 0];
  rgba[i + 2] = LEVEL[Math.min(Math.max(blue, 0), 1) * STEPS + 0.5 | 0];
}
