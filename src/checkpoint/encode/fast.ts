/**
 * Numbers of one dtype as another, in SIMD, to the bit what rows.ts gives. They pass through a memory of a few hundred
 * KB, as float32 on the way. One thread encodes half a billion numbers a second and more, which is beyond what most
 * disks write; so it has no others.
 * @module
 */
import { BLOCK_FORMATS } from "../../tensor/quantized.ts";
import { BYTES_PER_ELEMENT, type DType } from "../../tensor/stored.ts";
import { byName, type WeightType } from "../dtypes.ts";
import { BLOCK, type Kernel } from "./simd/kernel.ts";
import { encodingKernels } from "./simd/module.ts";

/** Numbers that pass at a time: whole blocks of every dtype, and few enough for the second cache of a core. */
const AT_ONCE = 2 ** 14;

/** Room for numbers of at most four bytes each: as stored, as float32, encoded. */
const [STORED, WIDE, ENCODED] = [0, 1, 2].map((place) => place * 4 * AT_ONCE);
const PAGES = (3 * 4 * AT_ONCE) / 2 ** 16;

interface Machine {
  readonly memory: Uint8Array;
  readonly wide: Float32Array;
  readonly kernels: Readonly<Record<string, Kernel | undefined>>;
}

/** Made when it is first needed; undefined where there is no WebAssembly with SIMD, or a page may not compile it. */
let machine: { readonly is: Machine | undefined } | undefined;

/**
 * `stored`, numbers of `dtype`, as the bytes of `type`.
 * @returns undefined where rows.ts has to do it: without WebAssembly, for a pair that has no kernel, or if there may be
 * a number that a kernel gets wrong.
 */
export function encodeFast(
  stored: Uint8Array,
  dtype: DType,
  type: WeightType,
): Uint8Array | undefined {
  machine ??= { is: start() };
  const encode = machine.is?.kernels[`encode_${type}`];
  if (!machine.is || !encode || dtype === "float64") return undefined;
  const { memory } = machine.is;
  const [size, newSize] = [BYTES_PER_ELEMENT[dtype], byName(type).bytes];
  const count = stored.length / size;
  const encoded = new Uint8Array(count * newSize);
  for (let begin = 0; begin < count; begin += AT_ONCE) {
    const numbers = Math.min(AT_ONCE, count - begin);
    const blocks = Math.ceil(numbers / BLOCK);
    const portion = stored.subarray(begin * size, (begin + numbers) * size);
    const doubts = widen(machine.is, portion, dtype, blocks);
    if (doubts !== 0 || encode(WIDE, ENCODED, blocks) !== 0) return undefined;
    encoded.set(memory.subarray(ENCODED, ENCODED + numbers * newSize), begin * newSize);
  }
  return encoded;
}

function start(): Machine | undefined {
  try {
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
    const module = new WebAssembly.Module(encodingKernels({ maximum: PAGES, shared: false }));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const { buffer } = memory;
    return {
      memory: new Uint8Array(buffer),
      wide: new Float32Array(buffer, WIDE, AT_ONCE),
      kernels: exports as Machine["kernels"],
    };
  } catch {
    return undefined;
  }
}

/** Numbers as float32. Those behind them, up to the end of the last block, are zeros. */
function widen(
  { memory, wide, kernels }: Machine,
  stored: Uint8Array,
  dtype: Exclude<DType, "float64">,
  blocks: number,
): number {
  if (dtype === "float32") {
    memory.fill(0, WIDE + stored.length, WIDE + 4 * blocks * BLOCK);
    memory.set(stored, WIDE);
    return 0;
  }
  if (dtype === "bfloat16" || dtype === "float16") {
    memory.fill(0, STORED + stored.length, STORED + 2 * blocks * BLOCK);
    memory.set(stored, STORED);
    return kernels[`widen_${dtype}`]?.(STORED, WIDE, blocks) ?? 1;
  }
  const { numbers, bytes, widen } = BLOCK_FORMATS[dtype];
  for (let at = 0, to = 0; at < stored.length; at += bytes, to += numbers) {
    widen(stored, at, wide, to);
  }
  return 0;
}
