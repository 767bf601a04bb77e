/**
 * Reads what the exercises need from fixtures/.
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readNpz } from "../../checkpoint/numpy/npz.ts";
import { openHfFolder } from "../../checkpoint/safetensors/open.ts";
import { mapWeights, type Weights, weightsInOrder } from "../../model/weights/weights.ts";
import { openFolder } from "../../node/folder.ts";
import { type DType, storedFromBytes, widenRow } from "../../tensor/stored.ts";
import { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { EnumerablePolicy } from "../enumerable.ts";
import { allLogits, emptyCache, type PlainModel } from "../gemma.ts";
import {
  type AuditGoldens,
  GoldenArrays,
  type Greedy,
  type Materials,
  type Pieces,
} from "../materials.ts";
import type { Row, Rows } from "../parts.ts";
import { completed } from "../tasks/all.ts";

/** What is read of edit-distance.json. */
interface Edits {
  readonly cases: readonly {
    readonly a: readonly number[] | string;
    readonly b: readonly number[] | string;
    readonly distance: number;
  }[];
}

/** What is read of summary.json. */
interface Summary {
  readonly probabilistic: {
    readonly documents: readonly {
      readonly all: {
        readonly p_z: number;
        readonly probability_in: Readonly<Record<string, number>>;
      };
    }[];
  };
  readonly canaries: { readonly cases: AuditGoldens["canaries"] };
}

/** Texts of the conformance suite whose pieces tell the ways of merging apart (fixtures/README.md). */
const TEXTS = [
  ...["word", "words", "longest-differs", "sum-differs", "overlap-3", "overlap-5"],
  ...["number", "case", "story"],
].map((name) => `t3.encode.${name}`);

/** The bundled model. */
const TINY = "tiny-stories-it";
/** Eight words, and answers of three. */
const ENUMERABLE = "learning/models/enumerable";
/** K = 2 of N = 6 heads, and N·H equals D: it can see both a wrong head map and a weight read the wrong way. */
const NANO = "gqa";

/**
 * Reads weights and goldens: about 40 ms.
 * @param fixtures the folder of goldens, as `fixturesPath()` of node/ gives it.
 * @throws {FormatError} if a file is damaged.
 * @throws {SourceError} if one cannot be read.
 */
export async function loadMaterials(fixtures: string): Promise<Materials> {
  const bytes = async (file: string) => new Uint8Array(await readFile(join(fixtures, file)));
  const arrays = async (file: string) => new GoldenArrays(file, readNpz(await bytes(file), file));
  const json = async (file: string) => JSON.parse(new TextDecoder().decode(await bytes(file)));

  const golden = await arrays(`${TINY}/prompt-0.npz`);
  const model = await plainModel(join(fixtures, TINY));
  const tokenizer = Tokenizer.fromBytes(await bytes(`${TINY}/tokenizer.model`));
  const exact = await arrays("learning/enumerable/exact.npz");
  const policy = await plainModel(join(fixtures, ENUMERABLE));
  let enumerable: EnumerablePolicy | undefined;
  return {
    ops: await arrays("ops.npz"),
    gradients: await arrays("learning/ops-grad.npz"),
    nano: {
      model: await plainModel(join(fixtures, NANO)),
      trace: await arrays(`${NANO}/prompt-7.npz`),
    },
    tiny: {
      model,
      tokenizer,
      ids: Array.from(golden.numbers("ids")),
      logits: golden.rows("logits.f64"),
      greedy: greedyOf(await json(`${TINY}/greedy.json`)),
      step(parts) {
        const cache = emptyCache(model.config);
        return (ids, pos) => allLogits(model, parts, ids, pos, cache)[ids.length - 1];
      },
    },
    pieces: piecesOf(await json("conformance/text.json"), tokenizer),
    policy() {
      const { config } = policy;
      const weights = mapWeights(config, ({ name }) => exact.rows(`reference.${name}`));
      enumerable ??= new EnumerablePolicy(exact, policy, { config, weights }, completed({}));
      return enumerable;
    },
    audit: auditOf(
      await json("evaluation/edit-distance.json"),
      await json("evaluation/planted/summary.json"),
    ),
    right: completed({}),
  };
}

/** `greedy.json`: what Google's code says. */
function greedyOf(
  json: readonly {
    prompt: string;
    prompt_ids: number[];
    greedy_ids: number[];
    greedy_text: string;
  }[],
): Greedy[] {
  return json.map(({ prompt, prompt_ids, greedy_ids, greedy_text }) => ({
    prompt,
    ids: prompt_ids,
    continuation: greedy_ids,
    text: greedy_text,
  }));
}

function piecesOf(
  { vectors }: { vectors: readonly { id: string; text: string; ids: number[] }[] },
  tokenizer: Tokenizer,
): Pieces[] {
  return vectors
    .filter(({ id }) => TEXTS.includes(id))
    .map(({ text, ids }) => ({ text, pieces: ids.map((id) => tokenizer.piece(id)) }));
}

/** A model in Hugging Face's layout, its weights widened to float64. */
async function plainModel(path: string): Promise<PlainModel> {
  const checkpoint = await openHfFolder(openFolder(path));
  try {
    const { config, tensors } = checkpoint;
    const read = new Map<string, Rows>();
    const specs = weightsInOrder(mapWeights(config, (spec) => spec));
    for (const { name, shape } of specs) {
      const source = tensors.get(name)!;
      const count = shape.length === 1 ? 1 : shape[0];
      const bytes = await source.rows(0, shape[0]);
      const stored = storedFromBytes(bytes, source.dtype as DType, shape);
      read.set(
        name,
        Array.from({ length: count }, (_, at) => {
          const row: Row = new Float64Array(shape[shape.length - 1]);
          widenRow(stored, at, row);
          return row;
        }),
      );
    }
    const weights: Weights<Rows> = mapWeights(config, ({ name }) => read.get(name)!);
    return { config, weights };
  } finally {
    await checkpoint.close();
  }
}

/** Texts are compared by code points. */
function auditOf({ cases }: Edits, { probabilistic, canaries }: Summary): AuditGoldens {
  const ids = (one: readonly number[] | string) =>
    Array.from(one as ArrayLike<number | string>, (id) =>
      typeof id === "number" ? id : (id.codePointAt(0) as number),
    );
  return {
    edits: cases.map(({ a, b, distance }) => ({ a: ids(a), b: ids(b), distance })),
    chances: probabilistic.documents.map(({ all }) => ({
      p: all.p_z,
      in: Object.entries(all.probability_in).map(([n, chance]) => [Number(n), chance]),
    })),
    canaries: canaries.cases,
  };
}
