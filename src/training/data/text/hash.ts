/**
 * Short hashes of texts, where millions are compared.
 * @module
 */

/**
 * 53 bits of a text, as a number: two multiplicative hashes side by side, each finished as in MurmurHash3. That any two of a
 * million different texts have the same has a probability of 6·10⁻⁵.
 */
export function hash53(text: string): number {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
  }
  return (mixed(b ^ (a >>> 7)) & 0x1fffff) * 2 ** 32 + mixed(a ^ (b >>> 7));
}

/** The last step of MurmurHash3: each bit of `x` changes about half of all bits. 32 bits, unsigned. */
export function mixed(x: number): number {
  let h = x;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
