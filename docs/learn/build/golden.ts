/**
 * What Google's code computed on the bundled model (fixtures/README.md): the chat prompt about Mira, its logits, and the
 * story that follows.
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readNpz } from "../../../src/checkpoint/numpy/npz.ts";
import { tinyModelPath } from "../../../src/node/tiny-model.ts";
import { bfloat16ToFloat32 } from "../../../src/tensor/bfloat16.ts";

/** Google's run of prompt-0. */
export interface Golden {
  /** The question, in its format: 23 tokens. */
  readonly prompt: readonly number[];
  /** The prompt and the first words of the answer: 35 tokens. */
  readonly ids: readonly number[];
  /** The whole answer, greedily, in float64. */
  readonly answer: readonly number[];
  /** Of `ids`, [35, 1024], in each precision. */
  readonly logits: {
    readonly float64: Float64Array;
    readonly float32: Float64Array;
    readonly bfloat16: Float64Array;
  };
}

export function readGolden(): Golden {
  const bytes = (name: string) => readFileSync(join(tinyModelPath(), name));
  const arrays = readNpz(bytes("prompt-0.npz"), "prompt-0.npz");
  const numbers = (name: string) => {
    const array = arrays.get(name);
    if (array === undefined) throw new Error(`prompt-0.npz has no ${name}`);
    return Float64Array.from(array.data as ArrayLike<number>);
  };
  const [greedy] = JSON.parse(bytes("greedy.json").toString()) as readonly {
    prompt_ids: number[];
    greedy_ids: number[];
  }[];
  return {
    prompt: greedy.prompt_ids,
    ids: [...numbers("ids")],
    answer: greedy.greedy_ids,
    logits: {
      float64: numbers("logits.f64"),
      float32: numbers("logits.f32"),
      bfloat16: numbers("logits.bf16").map(bfloat16ToFloat32), // bit patterns
    },
  };
}
