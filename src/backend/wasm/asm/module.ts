/**
 * A WebAssembly module under construction: functions over one imported memory.
 *
 *     const module = new ModuleBuilder();
 *     module.export("double", { at: "i32" }, undefined, (f, { at }) => {
 *       f.do(v128.store(at, f32x4.add(v128.load(at), v128.load(at))));
 *     });
 *     const compiled = await WebAssembly.compile(module.bytes({ maximum: 1024, shared: true }));
 *
 * The layout of the binary is §5.5 of the WebAssembly specification.
 * @module
 */
import { joined, type ValueType } from "./expression.ts";
import { type Arguments, FunctionBuilder, local, type Parameters, TYPE_CODE } from "./function.ts";
import { unsigned } from "./leb128.ts";

/** The memory that a module is instantiated with, as `imports.env.memory`. */
export interface MemoryType {
  /** Most pages of 64 KiB that it may grow to. */
  readonly maximum: number;
  /** Whether several threads use it. */
  readonly shared: boolean;
}

interface Exported {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly result: ValueType | undefined;
  readonly body: readonly number[];
}

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 };

/** Collects functions; `bytes` is the module. */
export class ModuleBuilder {
  readonly #functions: Exported[] = [];

  /** A function that can be called from outside. `build` writes its statements. */
  export<P extends Parameters>(
    name: string,
    parameters: P,
    result: ValueType | undefined,
    build: (f: FunctionBuilder, args: Arguments<P>) => void,
  ): void {
    const types = Object.values(parameters);
    const f = new FunctionBuilder(types);
    const args = Object.keys(parameters).map((key, i) => [key, local(i, types[i])]);
    build(f, Object.fromEntries(args) as Arguments<P>);
    this.#functions.push({ name, parameters: types, result, body: f.body });
  }

  /** The binary. */
  bytes({ maximum, shared }: MemoryType): Uint8Array<ArrayBuffer> {
    const functions = this.#functions;
    const types = functions.map(({ parameters, result }) => [
      0x60,
      ...vector(parameters.map((type) => [TYPE_CODE[type]])),
      ...vector(result === undefined ? [] : [[TYPE_CODE[result]]]),
    ]);
    const memory = [0x02, shared ? 0x03 : 0x01, 0, ...unsigned(maximum)];
    const imports = [[...text("env"), ...text("memory"), ...memory]];
    const exports = functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]);
    const sections = [
      section(SECTION.type, vector(types)),
      section(SECTION.import, vector(imports)),
      section(SECTION.function, vector(functions.map((_, i) => unsigned(i)))),
      section(SECTION.export, vector(exports)),
      section(SECTION.code, vector(functions.map(({ body }) => body))),
    ];
    return new Uint8Array(joined([MAGIC_AND_VERSION, ...sections]));
  }
}

/** A list as the binary format has it: its length, then its elements. */
function vector(elements: readonly (readonly number[])[]): number[] {
  return joined([unsigned(elements.length), ...elements]);
}

function section(id: number, content: readonly number[]): number[] {
  return joined([[id], unsigned(content.length), content]);
}

function text(name: string): number[] {
  return vector([...new TextEncoder().encode(name)].map((byte) => [byte]));
}
