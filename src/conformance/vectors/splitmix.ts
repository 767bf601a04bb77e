/**
 * Numbers from a seed that every language can repeat, exact in bfloat16, float16 and float32: the bytes of
 * SplitMix64 (Steele, Lea & Flood 2014), each taken as an integer from −128 to 127, times a power of two.
 *
 * No logarithm or cosine is used, whose last bits differ from one machine to the next.
 * @module
 */

const GAMMA = 0x9e3779b97f4a7c15n;
const bits = (x: bigint) => BigInt.asUintN(64, x);

/** The first `count` bytes of SplitMix64: each 64-bit output, its lowest byte first. */
export function splitMixBytes(seed: number, count: number): Int8Array {
  const words = Math.ceil(count / 8);
  const bytes = new Int8Array(words * 8);
  const view = new DataView(bytes.buffer);
  let state = BigInt(seed);
  for (let i = 0; i < words; i++) {
    state = bits(state + GAMMA);
    let z = state;
    z = bits((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = bits((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    view.setBigUint64(i * 8, z ^ (z >> 31n), true);
  }
  return bytes.subarray(0, count);
}

/** `count` numbers: bytes of `seed` times 2^exponent. */
export function seededNumbers(seed: number, count: number, exponent: number): Float32Array {
  const scale = 2 ** exponent;
  return Float32Array.from(splitMixBytes(seed, count), (byte) => byte * scale);
}
