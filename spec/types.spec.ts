/** What the types promise: these lines fail `npm run types`, not at run time. */
import { expect, expectTypeOf, it } from "vitest";
import type { NaiveHandles } from "../docs/examples/naive-backend.ts";
import type { CpuHandles, CpuOptions } from "../src/backend/cpu/cpu.ts";
import type { Evaluator, evaluate, Sample, TaskSpec } from "../src/evaluation/index.ts";
import type {
  Backend,
  BackendName,
  ChatMessage,
  FinishReason,
  Gemma,
  GemmaOptions,
  Generation,
  Handles,
  KVCache,
  Model,
  NdArray,
  Sequence,
  TapName,
  Trace,
} from "../src/index.ts";
import type { OptionNames } from "../src/options.ts";

/** For the compiler only. */
const never = <T>(): T => {
  throw new Error("not called");
};

it("are checked by the compiler", () => {
  expect(true).toBe(true);
});

it("handles of two backends do not mix", () => {
  expectTypeOf<Backend<CpuHandles>["ops"]>().not.toEqualTypeOf<Backend<NaiveHandles>["ops"]>();
  () => {
    const [cpu, naive] = [never<Backend<CpuHandles>>(), never<Backend<NaiveHandles>>()];
    const rows = { from: 0, count: 1 };
    // @ts-expect-error a tensor of the other backend
    cpu.read(naive.alloc("x", 1, 1), rows);
    // @ts-expect-error a weight where a tensor belongs
    cpu.ops.add(never<CpuHandles["weight"]>(), cpu.alloc("x", 1, 1), cpu.alloc("y", 1, 1), rows);
    // @ts-expect-error a cache of the other backend
    never<Model<CpuHandles>>().forward([2], never<KVCache<NaiveHandles>>());
    // @ts-expect-error a cache is not freed as a tensor
    cpu.free("tensor", never<CpuHandles["kv"]>());
  };
});

it("taps have names that are known", () => {
  expectTypeOf<"blocks.3.attn.hook_q">().toExtend<TapName>();
  expectTypeOf<"blocks.3.attn.hook_queries">().not.toExtend<TapName>();
  expectTypeOf<ReturnType<Gemma["trace"]>>().resolves.toEqualTypeOf<Trace>();
  // @ts-expect-error not a tap
  () => never<Trace>().get("blocks.0.hook_q");
});

it("forward gives one tensor for one sequence, and one each for a batch", () => {
  () => {
    const model = never<Model<Handles>>();
    expectTypeOf(model.forward([2], never<KVCache>())).resolves.toEqualTypeOf<NdArray>();
    expectTypeOf(model.forward(never<Sequence[]>())).resolves.toEqualTypeOf<NdArray[]>();
  };
});

it("names of options are all of them, and no others", () => {
  () => {
    // @ts-expect-error one is missing
    const missing: OptionNames<CpuOptions> = { precision: true, maxRows: true };
    // @ts-expect-error one too many
    const surplus: OptionNames<{ a?: 1 }> = { a: true, b: true };
    return [missing, surplus];
  };
});

it("options and results are closed sets", () => {
  expectTypeOf<GemmaOptions["backend"]>().toEqualTypeOf<BackendName | Backend | undefined>();
  expectTypeOf<Generation["finishReason"]>().toEqualTypeOf<FinishReason | undefined>();
  expectTypeOf<ChatMessage["role"]>().toEqualTypeOf<"system" | "user" | "model">();
  () => {
    // @ts-expect-error read only
    never<Generation>().finishReason = "eos";
    // @ts-expect-error no such option
    never<Gemma>().generate("x", { maxToken: 3 });
  };
});

it("tasks are closed sets, and their results cannot be changed", () => {
  expectTypeOf<TaskSpec["kind"]>().toEqualTypeOf<
    "choice" | "partial" | "continuation" | "rolling" | "generate"
  >();
  expectTypeOf<Evaluator>().toExtend<Parameters<typeof evaluate>[0]>();
  () => {
    // @ts-expect-error read only
    never<Sample>().metrics.acc = 1;
    const task = { name: "a", splits: { test: "test" }, text: "q", target: "a", metrics: [] };
    // @ts-expect-error not a kind
    const wrong: TaskSpec = { ...task, kind: "essay" };
    // @ts-expect-error no such option
    const run = never<typeof evaluate>()(never<Evaluator>(), wrong, [], { shot: 1 });
    return [wrong, run];
  };
});
