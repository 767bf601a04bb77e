/**
 * CPython's `random.Random`: the generator MT19937 (Matsumoto and Nishimura 1998), seeded and used as `Lib/random.py` of
 * CPython 3.11 does. The harness draws examples with it, and resamples for standard errors; so to have its prompts
 * and its numbers takes the same draws. Sampling of tokens stays with `src/random.ts`.
 * @module
 */
import { assertInteger } from "../check.ts";
import { refusals } from "../errors.ts";

const N = 624;
const M = 397;

/** CPython's `random.Random(seed)`. */
export class PythonRandom {
  readonly #state = new Uint32Array(N);
  #at = N;

  /** @param seed its absolute value counts: -1 gives what 1 gives. */
  constructor(seed: number | bigint) {
    if (typeof seed === "number") {
      const { MIN_SAFE_INTEGER: from, MAX_SAFE_INTEGER: to } = Number;
      assertInteger("PythonRandom", "seed", seed, { from, to, as: "an integer" });
    }
    let rest = BigInt(seed) < 0n ? -BigInt(seed) : BigInt(seed);
    const key: number[] = [];
    do {
      key.push(Number(rest & 0xffffffffn));
      rest >>= 32n;
    } while (rest > 0n);
    this.#fill(key);
  }

  /** A uniform multiple of 2⁻⁵³ in [0, 1). */
  random(): number {
    const high = this.#next() >>> 5;
    const low = this.#next() >>> 6;
    return (high * 0x4000000 + low) / 2 ** 53;
  }

  /** A uniform integer of `bits` bits, at most 53. */
  getrandbits(bits: number): number {
    assertInteger("PythonRandom.getrandbits", "bits", bits, { from: 0, to: 53 });
    if (bits === 0) return 0;
    if (bits <= 32) return this.#next() >>> (32 - bits);
    const low = this.#next();
    return (this.#next() >>> (64 - bits)) * 2 ** 32 + low;
  }

  /** A uniform integer in [0, n), n up to 2⁵³ − 1: CPython's `randrange(n)`. */
  randbelow(n: number): number {
    assertInteger("PythonRandom.randbelow", "n", n, { from: 1, to: Number.MAX_SAFE_INTEGER });
    const bits = n.toString(2).length;
    let drawn = this.getrandbits(bits);
    while (drawn >= n) drawn = this.getrandbits(bits);
    return drawn;
  }

  /** `k` of `population`, each at most once, in the order drawn. */
  sample<T>(population: readonly T[], k: number): T[] {
    const n = population.length;
    assertInteger("PythonRandom.sample", "k", k, { from: 0, to: n });
    // What is smaller: a copy of the list, or a set of those drawn.
    const setSize = 21 + (k > 5 ? 4 ** Math.ceil(Math.log(k * 3) / Math.log(4)) : 0);
    if (n <= setSize) {
      const pool = [...population];
      return Array.from({ length: k }, (_, i) => {
        const j = this.randbelow(n - i);
        const drawn = pool[j];
        pool[j] = pool[n - i - 1];
        return drawn;
      });
    }
    const drawn = new Set<number>();
    while (drawn.size < k) {
      let j = this.randbelow(n);
      while (drawn.has(j)) j = this.randbelow(n);
      drawn.add(j);
    }
    return Array.from(drawn, (j) => population[j]);
  }

  /** `k` of `population`, with replacement. */
  choices<T>(population: readonly T[], k: number): T[] {
    const n = population.length;
    const op = "PythonRandom.choices";
    assertInteger(op, "k", k, { from: 0 });
    if (n === 0) throw refusals(op).argument("population", "something to choose from", "nothing");
    return Array.from({ length: k }, () => population[Math.floor(this.random() * n)]);
  }

  /** One of `population`. */
  choice<T>(population: readonly T[]): T {
    const n = population.length;
    const op = "PythonRandom.choice";
    if (n === 0) throw refusals(op).argument("population", "something to choose from", "nothing");
    return population[this.randbelow(n)];
  }

  /** `list` in another order, in place. */
  shuffle<T>(list: T[]): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.randbelow(i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
  }

  /** `init_by_array` of the reference implementation. */
  #fill(key: readonly number[]): void {
    const state = this.#state;
    state[0] = 19650218;
    for (let i = 1; i < N; i++) state[i] = Math.imul(1812433253, mixed(state[i - 1])) + i;
    let [i, j] = [1, 0];
    const forward = () => {
      if (++i < N) return;
      state[0] = state[N - 1];
      i = 1;
    };
    for (let k = Math.max(N, key.length); k > 0; k--) {
      state[i] = (state[i] ^ Math.imul(mixed(state[i - 1]), 1664525)) + key[j] + j;
      forward();
      j = (j + 1) % key.length;
    }
    for (let k = N - 1; k > 0; k--) {
      state[i] = (state[i] ^ Math.imul(mixed(state[i - 1]), 1566083941)) - i;
      forward();
    }
    state[0] = 0x80000000;
  }

  /** 32 random bits. */
  #next(): number {
    if (this.#at === N) this.#twist();
    let y = this.#state[this.#at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let k = 0; k < N; k++) {
      const y = (state[k] & 0x80000000) | (state[(k + 1) % N] & 0x7fffffff);
      state[k] = state[(k + M) % N] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }
}

function mixed(word: number): number {
  return word ^ (word >>> 30);
}
