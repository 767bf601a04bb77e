/** Canaries to plant: texts with secrets that are drawn at random. @module */
import { brief } from "../../brief.ts";
import { assertInteger, isList, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { xoshiro128 } from "../../random.ts";
import { shuffledOrder } from "../../training/run/shuffled-batches.ts";
import type { Canary } from "../exposure/canary.ts";

/** Options of {@link drawCanaries}. */
export interface DrawCanariesOptions {
  /** How often each is to stand in the training data. The longest list of a usual experiment: [1, 2, 4, 8, 16, 32, 64]. */
  readonly repeats: readonly number[];
  /** Canaries for each of these. Default 1. */
  readonly each?: number;
  /** The text, with {name} and {secret} in it. Default "The secret number of {name} is {secret}.". */
  readonly format?: string;
  /** Digits of a secret, 1 to 6. Default 4: one of 10,000. */
  readonly digits?: number;
  /** 32 bits, from which all draws follow. Default 0. */
  readonly seed?: number;
}

const NAMES: OptionNames<DrawCanariesOptions> = {
  repeats: true,
  each: true,
  format: true,
  digits: true,
  seed: true,
};

/** A canary, and the document to plant. */
export interface PlantedCanary extends Canary {
  /** Its name in reports. */
  readonly id: string;
  /** The whole text. */
  readonly document: string;
  /** How often it is to stand in the training data. */
  readonly repeats: number;
}

const FIRST =
  "Ada Ben Cleo Dan Eva Finn Gus Hana Ivo June Kim Leo Mia Noa Otto Pia Quin Rae Sam Tess Uma Vic Wren Yara".split(
    " ",
  );
const LAST =
  "Ash Birch Cole Dale Elm Frost Glen Hill Ives Jay Kent Lake Moss North Oak Penn Reed Stone Thorn Vale West York Wolf Park".split(
    " ",
  );

/**
 * As many canaries as asked for, each with a name of its own.
 * @throws {ArgumentError} if the format lacks {secret}, or {name} where there are several, or there are more than 576.
 */
export function drawCanaries(options: DrawCanariesOptions): PlantedCanary[] {
  const op = "drawCanaries";
  assertOptions(op, options, NAMES);
  const { repeats, each = 1, format = "The secret number of {name} is {secret}." } = options;
  const { digits = 4, seed = 0 } = options;
  const refuse = refusals(op);
  if (!isList(repeats) || repeats.length === 0) {
    throw refuse.argument("repeats", "a list: [1, 4, 16, 64]", brief(repeats));
  }
  for (const [i, count] of repeats.entries()) {
    assertInteger(op, `repeats[${i}]`, count, { from: 0, as: "an integer from 0" });
  }
  assertInteger(op, "each", each, POSITIVE);
  assertInteger(op, "digits", digits, { from: 1, to: 6 });
  assertInteger(op, "seed", seed, { from: 0, to: 2 ** 32 - 1 });
  const count = repeats.length * each;
  const places = typeof format === "string" ? format.split("{secret}").length - 1 : 0;
  if (places !== 1) throw refuse.argument("format", "a text with one {secret}", brief(format));
  if (count > 1 && !format.slice(0, format.indexOf("{secret}")).includes("{name}")) {
    const hint = "or all canaries begin alike and have different secrets";
    throw refuse.argument("format", "{name} before {secret}", brief(format), hint);
  }
  if (count > FIRST.length * LAST.length) {
    const most = `at most ${FIRST.length * LAST.length} canaries`;
    throw refuse.argument("each", most, `${repeats.length} · ${each}`);
  }
  const random = xoshiro128(seed);
  const names = FIRST.flatMap((first) => LAST.map((last) => `${first} ${last}`));
  const order = shuffledOrder(names.length, random);
  return Array.from({ length: count }, (_, i) => {
    const secret = `${Math.floor(random() * 10 ** digits)}`.padStart(digits, "0");
    const [before, after] = format.replaceAll("{name}", names[order[i]]).split("{secret}");
    const id = `canary ${i + 1}`;
    const own = { id, text: before, secret, repeats: repeats[Math.floor(i / each)] };
    return { ...own, document: `${before}${secret}${after}` };
  });
}
