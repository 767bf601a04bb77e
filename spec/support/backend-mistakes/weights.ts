/** Mistakes of weights on their way. */
import { cpuBackend } from "../../../src/backend/cpu/cpu.ts";
import { rowsInto } from "../../../src/tensor/stored.ts";
import { elementsOf } from "../../../src/tensor/tensor.ts";
import { anyWeight } from "../any-weight.ts";
import { deferredBackend } from "../deferred-backend.ts";
import { type BackendMistake, mistake, mistakeOf } from "./mistake.ts";

const deferred = mistakeOf(deferredBackend);
const cpu = mistakeOf(cpuBackend);

export const WEIGHTS: readonly BackendMistake[] = [
  mistake(
    "float16-for-bfloat16",
    "upload takes float16 for bfloat16.",
    "",
    /a weight in float16.*float16 were taken for bfloat16/,
    ({ info }) => ({
      info: { ...info, weightTypes: ["float32", "float16", "bfloat16"] },
      upload: (source, signal) =>
        anyWeight(
          { ...source, dtype: source.dtype === "float16" ? "bfloat16" : source.dtype },
          signal,
        ),
    }),
  ),
  mistake(
    "q5-without-its-fifth-bit",
    "upload leaves the fifth bit of q5_0 out.",
    "",
    /a weight in q5_0/,
    ({ info }) => ({
      info: { ...info, weightTypes: ["float32", "q5_0"] },
      upload: (source, signal) =>
        anyWeight(
          {
            ...source,
            async rows(...range) {
              const bytes = await source.rows(...range);
              if (source.dtype !== "q5_0") return bytes;
              for (let at = 0; at < bytes.length; at += 22) bytes.fill(0, at + 2, at + 6);
              return bytes;
            },
          },
          signal,
        ),
    }),
  ),
  mistake(
    "weight-buffer",
    "upload takes the memory of the bytes for the bytes.",
    "upload",
    /anywhere/,
    () => ({
      async upload({ shape, rows, normOffset = 1 }, signal) {
        const bytes = await rows(0, shape[0], signal);
        const all = bytes.buffer.byteLength;
        const data = new Float32Array(bytes.buffer.slice(0, all - (all % 4)));
        return { shape, data: data.slice(0, elementsOf(shape)), normOffset };
      },
    }),
  ),
  mistake("weight-method", "upload calls rows without its source.", "upload", /TypeError/, () => ({
    async upload({ shape, rows, normOffset = 1 }, signal) {
      const data = new Float32Array(elementsOf(shape));
      new Uint8Array(data.buffer).set(await rows(0, shape[0], signal));
      return { shape, data, normOffset };
    },
  })),
  mistake(
    "weight-too-much",
    "upload asks for more rows than there are.",
    "embed",
    /were asked for/,
    () => ({
      async upload(source, signal) {
        const { shape, normOffset = 1 } = source;
        const data = new Float32Array(elementsOf(shape));
        for (let row = 0; row < shape[0]; row += 64) {
          const bytes = await source.rows(row, row + 64, signal);
          new Uint8Array(data.buffer).set(bytes, (bytes.length / 64) * row);
        }
        return { shape, data, normOffset };
      },
    }),
  ),
  mistake(
    "weight-into-too-large",
    "upload has rows written into memory of another size.",
    "upload",
    /exactly as many/,
    () => ({
      async upload(source, signal) {
        const { shape, normOffset = 1 } = source;
        const data = new Float32Array(elementsOf(shape) + 8);
        const into = new Uint8Array(data.buffer);
        await rowsInto(source, 0, shape[0], into, signal);
        return { shape, data, normOffset };
      },
    }),
  ),
  mistake(
    "upload-swallows",
    "upload resolves where its source fails.",
    "upload",
    /resolved; expected the error/,
    (right) => ({
      upload: (source, signal) =>
        right.upload(source, signal).catch(() => {
          const data = new Float32Array(elementsOf(source.shape));
          return { shape: source.shape, data, normOffset: 1 };
        }),
    }),
  ),
  mistake(
    "upload-wraps",
    "upload rejects with an error of its own.",
    "upload",
    /the error of its source/,
    (right) => ({
      upload: (source, signal) =>
        right.upload(source, signal).catch((error) => {
          throw new Error(`upload failed: ${error.message}`);
        }),
    }),
  ),
  mistake(
    "upload-signal",
    "upload takes no notice of signal.",
    "upload",
    /that is aborted resolved/,
    (right) => ({
      upload: (source) => right.upload(source),
    }),
  ),
  mistake("upload-one-staging", "Weights share one memory.", "", /^/, (right) => {
    const all = new Float32Array(1 << 20);
    return {
      async upload(source, signal) {
        const weight = await right.upload(source, signal);
        all.set(weight.data);
        return { ...weight, data: all.subarray(0, weight.data.length) };
      },
    };
  }),
  cpu(
    "later-not-awaited",
    "read does not wait for weights that are on their way.",
    "uploadLater",
    /./,
    (right) => ({
      uploadLater(source) {
        const zeros = {
          ...source,
          rows: async (a: number, b: number) => new Uint8Array((await source.rows(a, b)).length),
        };
        const arriving = right.uploadLater?.(zeros);
        if (!arriving) throw new Error("no uploadLater");
        return arriving;
      },
    }),
  ),
  {
    ...deferred(
      "later-first-only",
      "Only the first weight is asked for.",
      "uploadLater",
      /not settled/,
      (right) => {
        let isFirst = true;
        return {
          uploadLater(source, signal) {
            const never = { ...source, rows: () => new Promise<never>(() => {}) };
            const asked = isFirst ? source : never;
            isFirst = false;
            return right.uploadLater?.(asked, signal) as never;
          },
        };
      },
    ),
    patience: 300,
  },
  deferred(
    "later-swallows",
    "A weight that does not arrive is zeros.",
    "uploadLater",
    /error of its source/,
    (right) => ({
      uploadLater(source, signal) {
        const rows: typeof source.rows = (...range) =>
          source.rows(...range).catch(() => new Uint8Array((range[1] - range[0]) * 4));
        return right.uploadLater?.({ ...source, rows }, signal) as never;
      },
    }),
  ),
];
