/**
 * The reference as a testee of its own suite, with a known bug if one is named: what a bug looks like from outside.
 *
 *     gemma-reference verify -- npx tsx reference.ts --mutant rope-interleaved
 *     gemma-reference verify -- npx tsx reference.ts --accuracy float16
 *
 * It is also the example of a testee in TypeScript: an object of four functions, and `serveTestee` for the protocol.
 * The same object may be handed to `conformance`, without a process.
 */
import { parseArgs } from "node:util";
import { accuracyNamed } from "../../../src/conformance/accuracy.ts";
import { Engine, type Parts } from "../../../src/conformance/engine/engine.ts";
import { runOp } from "../../../src/conformance/engine/run-op.ts";
import { type EngineModel, readWeights } from "../../../src/conformance/engine/weights.ts";
import { MUTANTS } from "../../../src/conformance/mutants/mutants.ts";
import type { Testee } from "../../../src/conformance/run/testee.ts";
import { TEXT_MUTANTS } from "../../../src/conformance/text/text-mutants.ts";
import { textTestee } from "../../../src/conformance/text/text-testee.ts";
import { WAYS } from "../../../src/conformance/ways/ways.ts";
import { serveTestee } from "../../../src/node/testee/serve-testee.ts";

const { values } = parseArgs({
  options: { mutant: { type: "string" }, accuracy: { type: "string", default: "float64" } },
});
const accuracy = accuracyNamed("reference", values.accuracy);
const mutant = MUTANTS.find(({ id }) => id === values.mutant);
const ofTexts = TEXT_MUTANTS.filter(({ id }) => id === values.mutant).map(({ id }) => id);
if (values.mutant !== undefined && !mutant && ofTexts.length === 0) {
  const known = [...MUTANTS, ...TEXT_MUTANTS].map(({ id }) => id);
  console.error(`--mutant: one of ${known.join(", ")}`);
  process.exit(2);
}

/** A way to compute in the accuracy that is asked for, and in it the bug. */
const way: Parts = accuracy === "float64" ? {} : WAYS[accuracy][0].parts;
const parts: Parts = {
  ...way,
  ...mutant?.parts,
  components: { ...way.components, ...mutant?.parts.components },
};

let model: EngineModel | undefined;
let engine: Engine | undefined;

/** The engine with no token fed. */
function fresh(): Engine {
  if (!model) throw new Error("no model is loaded");
  return new Engine(model, parts);
}

const testee: Testee = {
  ...textTestee({ mutants: ofTexts }), // loadTokenizer, encode, decode, encodeChat, answer
  info: { name: values.mutant ?? "gemma-reference", accuracy, device: `node ${process.version}` },
  async load({ config, tensors }) {
    model = await readWeights(config, tensors);
    engine = fresh();
  },
  async reset() {
    engine = fresh();
  },
  async forward({ ids, pos }) {
    engine ??= fresh();
    return engine.feed(ids, pos); // every tap; serveTestee sends those that were asked for
  },
  async op(call) {
    return runOp(call, parts);
  },
};

await serveTestee(testee);
