/**
 * Edit distances of 10,000 pairs of 50 tokens, by bits and by the plain table, in turn:
 *
 *     npx tsx bench/audit/edit-distance.ts
 */
import { editDistance } from "../../src/audit/distance/edit-distance.ts";
import { plainEditDistance } from "../../src/audit/distance/plain-edit-distance.ts";
import { xoshiro128 } from "../../src/random.ts";

const PAIRS = 10_000;
const TOKENS = 50;
const VOCABULARY = 256_000;
const ROUNDS = 7;

const random = xoshiro128(18);
const token = () => Math.floor(random() * VOCABULARY);
const tokens = () => Array.from({ length: TOKENS }, token);

/** Five tokens replaced, one left out, one put in. */
function edited(ids: readonly number[]): number[] {
  const all = [...ids];
  for (let i = 0; i < 5; i++) all[Math.floor(random() * TOKENS)] = token();
  all.splice(Math.floor(random() * TOKENS), 1);
  all.splice(Math.floor(random() * TOKENS), 0, token());
  return all;
}

const pairs = {
  unrelated: Array.from({ length: PAIRS }, () => [tokens(), tokens()] as const),
  "five replaced, one moved": Array.from({ length: PAIRS }, () => {
    const ids = tokens();
    return [ids, edited(ids)] as const;
  }),
};

for (const [name, all] of Object.entries(pairs)) {
  const best = {
    editDistance: Number.POSITIVE_INFINITY,
    plainEditDistance: Number.POSITIVE_INFINITY,
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [way, distance] of Object.entries({ editDistance, plainEditDistance })) {
      const start = performance.now();
      for (const [a, b] of all) distance(a, b);
      const own = way as keyof typeof best;
      best[own] = Math.min(best[own], performance.now() - start);
    }
  }
  const { editDistance: bits, plainEditDistance: plain } = best;
  console.log(
    `${name}: ${bits.toFixed(1)} ms by bits, ${plain.toFixed(0)} ms by the table, ${(plain / bits).toFixed(0)} ×`,
  );
}
