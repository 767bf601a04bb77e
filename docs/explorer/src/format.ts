/**
 * Numbers and tokens, as they are written on the page.
 * @module
 */
/** A narrow space at which no line breaks. */
const THIN = "\u202f";
const MINUS = "−";

const signed = (text: string) =>
  text
    .replace(/^-(?=[0.]*$)/, "") // what rounds to 0 has no sign
    .replace(/^-/, MINUS)
    .replace(/e-/, `e${MINUS}`);

/** A chance: 58 %, 5.9 %, <0.1 %; from 99.5 % on 100 %. */
export function percent(chance: number): string {
  const value = chance * 100;
  if (value < 0.1) return `<0.1${THIN}%`;
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)}${THIN}%`;
}

/** A chance with one decimal: 58.4 %. */
export function finePercent(chance: number): string {
  if (chance >= 0.9995) return percent(chance);
  return chance < 0.0005 ? `<0.1${THIN}%` : `${(chance * 100).toFixed(1)}${THIN}%`;
}

/** Three decimals; below 1e-4 as 2.1e−6. */
export function activation(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-4) return signed(value.toExponential(1));
  return signed(value.toFixed(3));
}

/** Two decimals, where there is little room. */
export function hundredths(value: number): string {
  return signed(value.toFixed(2));
}

/** As {@link activation}, with its sign: +1.635 */
export function signedActivation(value: number): string {
  return `${value > 0 ? "+" : ""}${activation(value)}`;
}

/** A weight or a step of it: five decimals; below 1e-4 as 2.1e−6. */
export function weight(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-4) return signed(value.toExponential(1));
  return signed(value.toFixed(5));
}

/** How far two numbers are apart: two digits, 0.044, 1.6e−6. */
export function distance(value: number): string {
  if (value === 0) return "0";
  return signed(value < 1e-3 ? value.toExponential(1) : Number(value.toPrecision(2)).toString());
}

/** A weight where there is little room: .77, 1.0 */
export function shortWeight(value: number): string {
  return value >= 0.995 ? "1.0" : value.toFixed(2).slice(1);
}

/** All digits that a float64 has. */
export function allDigits(value: number): string {
  return signed(String(value));
}

/** A length: three digits at least. */
export function round(value: number): string {
  return signed(Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0));
}

/** 1 213 440 */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, THIN);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)}${THIN}MB`;
}

/** 512 B, 158 KB, 2.5 MB, 5.0 GB */
export function bytes(value: number): string {
  if (value < 1000) return `${value}${THIN}B`;
  const power = Math.min(3, Math.floor(Math.log10(value) / 3));
  const shown = value / 1000 ** power;
  return `${shown.toFixed(shown < 10 ? 1 : 0)}${THIN}${["B", "KB", "MB", "GB"][power]}`;
}

/** What stands for a space at the begin of a token. */
export const SPACE = "␣";

/** A piece as text: spaces as brackets, bytes as 0xF0, characters that cannot be seen by name. */
export function pieceText(piece: string): string {
  const byte = /^<0x([0-9A-F]{2})>$/.exec(piece);
  if (byte) return `0x${byte[1]}`;
  return piece
    .replaceAll("▁", SPACE)
    .replaceAll("\n", "↵")
    .replaceAll("\t", "⇥")
    .replace(/(?! )[\p{Cc}\p{Cf}\p{Z}]/gu, (c) => `U+${hex(c)}`)
    .replace(/^\p{M}/u, (c) => `◌${c}`);
}

const hex = (c: string) => (c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
