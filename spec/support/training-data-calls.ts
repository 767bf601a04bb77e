/** The calls of `gemma-reference/training/data` that take options, as public-calls.ts lists those of the other rooms. */
import { bytesSource } from "../../src/source/byte-source.ts";
import { decontaminate } from "../../src/training/data/contamination/decontaminate.ts";
import { findDirtyItems } from "../../src/training/data/contamination/dirty-items.ts";
import { deduplicate } from "../../src/training/data/duplicates/deduplicate.ts";
import { filterDocuments } from "../../src/training/data/filters/filter-documents.ts";
import { personalDataFilter } from "../../src/training/data/filters/personal-data.ts";
import { qualityFilter } from "../../src/training/data/filters/quality.ts";
import { repetitionFilter } from "../../src/training/data/filters/repetition.ts";
import { mixedBatches } from "../../src/training/data/mixture/mixed-batches.ts";
import { prepare } from "../../src/training/data/prepare.ts";
import { openRows } from "../../src/training/data/rows/row-file.ts";
import { packSequences } from "../../src/training/data/tokens/packing.ts";
import { windowSequences } from "../../src/training/data/tokens/sequences.ts";
import { readTokens } from "../../src/training/data/tokens/token-file.ts";
import type { Call } from "./public-calls.ts";

const FILTERS = "training/data/filters/filters.spec.ts";
const PERSONAL = "training/data/filters/personal-data.spec.ts";
const PREPARE = "training/data/prepare.spec.ts";
const DUPLICATES = "training/data/duplicates/deduplicate.spec.ts";
const CONTAMINATION = "training/data/contamination/contamination.spec.ts";
const MIXTURE = "training/data/mixture/mixed-batches.spec.ts";
const ROWS = "training/data/rows/rows.spec.ts";
const TOKENS = "training/data/tokens/tokens.spec.ts";

const all = (names: string, spec: string, title: string): Call["seen"] =>
  Object.fromEntries(names.split(" ").map((name) => [name, [spec, title]]));

const COUNTING: Call["seen"] = {
  ...all(
    "onDropped examples countTokens",
    FILTERS,
    "drops by the first filter that finds something",
  ),
  signal: [PREPARE, "ends with its signal"],
};

export const TRAINING_DATA_CALLS: Readonly<Record<string, Call>> = {
  "training/data/contamination/decontaminate.ts decontaminate": {
    call: (options) => decontaminate([], options),
    seen: {
      ...COUNTING,
      ...all("benchmarks n", CONTAMINATION, "takes other lengths"),
    },
  },
  "training/data/contamination/dirty-items.ts findDirtyItems": {
    call: (options) => findDirtyItems({}, [], options),
    seen: {
      n: [CONTAMINATION, "marks items, by benchmark and by n"],
      share: [CONTAMINATION, "counts the share of an item's runs"],
      signal: [CONTAMINATION, "ends with its signal"],
    },
  },
  "training/data/duplicates/deduplicate.ts deduplicate": {
    call: (options) => deduplicate([], options),
    seen: {
      ...COUNTING,
      ...all(
        "shingle bands rows seed",
        DUPLICATES,
        "groups by other shingles, bands, rows and seeds",
      ),
      threshold: [DUPLICATES, "are those above the threshold"],
    },
  },
  "training/data/filters/filter-documents.ts filterDocuments": {
    call: (options) => filterDocuments([], [], options),
    seen: COUNTING,
  },
  "training/data/filters/personal-data.ts personalDataFilter": {
    call: (options) => personalDataFilter(options),
    seen: all("kinds most", PERSONAL, "for a reason that does not repeat them"),
  },
  "training/data/filters/quality.ts qualityFilter": {
    call: (options) => qualityFilter(options),
    seen: {
      ...all(
        "minWords minStopWords stopWords minAlphabeticShare minReadableShare",
        FILTERS,
        "takes thresholds of one's own",
      ),
      ...all(
        "maxWords minMeanWordLength maxMeanWordLength maxSymbolRatio maxBulletShare maxEllipsisShare",
        FILTERS,
        "each threshold is an option",
      ),
    },
  },
  "training/data/filters/repetition.ts repetitionFilter": {
    call: (options) => repetitionFilter(options),
    seen: all(
      "maxLines maxLineCharacters maxParagraphs maxParagraphCharacters maxTop maxRepeated",
      FILTERS,
      "each limit is an option",
    ),
  },
  "training/data/mixture/mixed-batches.ts mixedBatches": {
    call: (options) => mixedBatches({ a: [] }, options),
    seen: {
      ...all("stages steps batchSize", MIXTURE, "are within 3σ of the schedule"),
      change: [MIXTURE, "follow a linear change"],
      seed: [MIXTURE, "is not that of another seed"],
      onEpoch: [MIXTURE, "and says when it begins again"],
    },
  },
  "training/data/prepare.ts prepare": {
    call: (options) => prepare([], options),
    seen: {
      ...COUNTING,
      filters: [PREPARE, "lose 16 with personal data and 16 of low quality"],
      deduplicate: [PREPARE, "does nothing but remove equal texts"],
      decontaminate: [PREPARE, "each with the item it repeats"],
    },
  },
  "training/data/rows/row-file.ts openRows": {
    call: (options) => openRows(bytesSource(new Uint8Array()), options),
    seen: {
      kind: [ROWS, "may be asked for by kind"],
      system: [ROWS, "have a system's message before the first of the user"],
      signal: [ROWS, "ends with its signal"],
    },
  },
  "training/data/tokens/packing.ts packSequences": {
    call: (options) => packSequences([], options),
    seen: {
      length: [TOKENS, "is best fit, decreasing: by hand"],
      longer: [TOKENS, "refuses longer sequences, cuts them, or makes several of them"],
    },
  },
  "training/data/tokens/sequences.ts windowSequences": {
    call: (options) => windowSequences(Uint16Array.of(2, 5), options),
    seen: all("length bos bosIsTarget", TOKENS, "are windows in which each token is a target once"),
  },
  "training/data/tokens/token-file.ts readTokens": {
    call: (options) => readTokens(new Uint8Array(), options),
    seen: all("vocabSize name", TOKENS, "are refused where they hold no ids of the model"),
  },
};
