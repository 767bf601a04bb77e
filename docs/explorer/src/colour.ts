/**
 * Fill is a value. Activations go from blue (below 0) over paper to orange (above), by signed square root; probabilities
 * from paper to ink, linearly.
 * @module
 */
type Rgb = readonly [number, number, number];

interface Palette {
  readonly zero: Rgb;
  readonly below: Rgb;
  readonly above: Rgb;
  readonly ink: Rgb;
}

const LIGHT: Palette = {
  zero: [0xf4, 0xf2, 0xec],
  below: [0x1d, 0x67, 0xa8],
  above: [0xb8, 0x47, 0x1a],
  ink: [0x23, 0x26, 0x4f],
};
const DARK: Palette = {
  zero: [0x20, 0x24, 0x2e],
  below: [0x5f, 0xb0, 0xf5],
  above: [0xff, 0x9a, 0x63],
  ink: [0xe9, 0xeb, 0xff],
};

const mix = (from: Rgb, to: Rgb, t: number): Rgb => [
  from[0] + (to[0] - from[0]) * t,
  from[1] + (to[1] - from[1]) * t,
  from[2] + (to[2] - from[2]) * t,
];
const css = ([r, g, b]: Rgb) => `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)})`;

/** So many steps from paper to full colour, made once: thousands of cells are drawn at each key. */
const STEPS = 255;
const rampTo = (from: Rgb, to: Rgb) =>
  Array.from({ length: STEPS + 1 }, (_, i) => css(mix(from, to, i / STEPS)));
const rampsOf = ({ zero, below, above, ink }: Palette) => ({
  below: rampTo(zero, below),
  above: rampTo(zero, above),
  ink: rampTo(zero, ink),
});
const RAMPS = { light: rampsOf(LIGHT), dark: rampsOf(DARK) };
const step = (t: number) => Math.round(STEPS * Math.max(0, Math.min(1, t)));

/** @param limit the value, and its negative, that have full colour. */
export function valueColour(value: number, limit: number, isDark: boolean): string {
  const { below, above } = isDark ? RAMPS.dark : RAMPS.light;
  const t = limit === 0 ? 0 : Math.sqrt(Math.abs(value) / limit);
  return (value < 0 ? below : above)[step(t)];
}

export function chanceColour(chance: number, isDark: boolean): string {
  return (isDark ? RAMPS.dark : RAMPS.light).ink[step(chance)];
}

/** Black or white: what can be read best on a chance. */
export function textOn(chance: number, isDark: boolean): "#000" | "#fff" {
  const light = luminance(chanceRgb(chance, isDark));
  return (light + 0.05) / 0.05 > 1.05 / (light + 0.05) ? "#000" : "#fff";
}

function chanceRgb(chance: number, isDark: boolean): Rgb {
  const { zero, ink } = isDark ? DARK : LIGHT;
  return mix(zero, ink, Math.max(0, Math.min(1, chance)));
}

/** Relative luminance, as WCAG defines it. */
function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((c) => {
    const x = c / 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
