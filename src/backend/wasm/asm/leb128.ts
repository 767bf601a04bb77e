/**
 * LEB128, the variable-length integers of WebAssembly: seven bits a byte, lowest first; the top bit of a byte says
 * that more follow. WebAssembly specification, §5.2.2.
 * @module
 */

/** `value`, 0 or more and below 2^32. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

/** `value` as a signed integer of 32 bits; sign bits that say nothing more are left out. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    if (rest >= -64 && rest < 64) return [...bytes, rest & 127];
    bytes.push((rest & 127) | 128);
  }
}
