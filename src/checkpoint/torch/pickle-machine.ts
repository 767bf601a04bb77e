/**
 * The stack machine of Python's pickle, without the opcodes that call anything. The opcodes are those of
 * CPython: Lib/pickletools.py.
 * @module
 */
import { FormatError, UnsupportedError } from "../../errors.ts";
import { Call, described, Global, PersistentId, type PickleValue } from "./pickle-values.ts";

const op = "readPickle";
const MARK = Symbol("mark");
const ORDERED_DICT = "collections.OrderedDict";

/**
 * Opcodes of a whole pickle. A state dict takes some sixty a tensor; its optimizer three times that. An
 * opcode of one byte may make a dict of two hundred, so more would let a small file fill the memory.
 */
const MAX_OPCODES = 2 ** 20;

/** Names, and no others of the same modules, that come with models saved whole and records of training. */
const MORE_THAN_TENSORS = [
  /^torch\.([a-z]+\d+|bool|device|Size|_utils\._rebuild_\w+)$/,
  /^torch\.nn\.(modules\.\w+|parameter)\.[A-Z]\w*$/,
  /^(__main__|__torch__\.[\w.]+|transformers(\.\w+){1,3})\.[A-Z]\w*$/,
  /^collections\.(Counter|defaultdict|deque)$/,
  /^(__builtin__|builtins)\.(set|frozenset|complex|bytearray|slice)$/,
  /^numpy\.(dtype|ndarray|(_?core\.)?multiarray\.(scalar|_reconstruct))$/,
  /^(_codecs\.encode|argparse\.Namespace)$/,
];
const SAVE_ALONE =
  "if you trust its origin, load it in Python and save model.state_dict() alone with torch.save";
const DISTRUST =
  "a pickle can run any code; do not load this one with Python unless you trust its origin";

type StackItem = PickleValue | typeof MARK;

/** Runs the opcodes of one pickle. */
export class Unpickler {
  readonly #view: DataView;
  readonly #file: string;
  readonly #mayName: (name: string) => boolean;
  readonly #stack: StackItem[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #at = 0;

  constructor(bytes: Uint8Array, file: string, mayName: (name: string) => boolean) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#file = file;
    this.#mayName = mayName;
  }

  run(): PickleValue {
    try {
      for (let count = 0; count < MAX_OPCODES; count++) {
        const begin = this.#at;
        const opcode = this.#uint8();
        if (opcode === 0x2e) return this.#pop(); // STOP
        this.#step(opcode, begin);
      }
      throw this.#unsupported(`a pickle of at most ${MAX_OPCODES} opcodes`, "more");
    } catch (error) {
      // DataView guards every read, and says only that.
      if (error instanceof RangeError) throw this.#damaged("an opcode's data", "the end", error);
      throw error;
    }
  }

  #step(opcode: number, begin: number): void {
    switch (opcode) {
      case 0x80: // PROTO
        this.#uint8();
        break;
      case 0x95: // FRAME: a hint for reading ahead
        this.#at += 8;
        break;
      case 0x28: // MARK
        this.#stack.push(MARK);
        break;
      case 0x30: // POP
        this.#stack.pop();
        break;

      case 0x4e: // NONE
        this.#push(null);
        break;
      case 0x88: // NEWTRUE
        this.#push(true);
        break;
      case 0x89: // NEWFALSE
        this.#push(false);
        break;
      case 0x4a: // BININT
        this.#at += 4;
        this.#push(this.#view.getInt32(this.#at - 4, true));
        break;
      case 0x4b: // BININT1
        this.#push(this.#uint8());
        break;
      case 0x4d: // BININT2
        this.#push(this.#uint16());
        break;
      case 0x8a: // LONG1
        this.#push(this.#long(this.#uint8()));
        break;
      case 0x47: // BINFLOAT
        this.#at += 8;
        this.#push(this.#view.getFloat64(this.#at - 8)); // big-endian, the only thing that is
        break;

      case 0x58: // BINUNICODE
        this.#push(this.#text(this.#uint32()));
        break;
      case 0x8c: // SHORT_BINUNICODE
        this.#push(this.#text(this.#uint8()));
        break;
      case 0x55: // SHORT_BINSTRING, of Python 2
        this.#push(this.#text(this.#uint8()));
        break;
      case 0x54: // BINSTRING
        this.#push(this.#text(this.#uint32()));
        break;

      case 0x7d: // EMPTY_DICT
        this.#push(new Map());
        break;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        this.#push([]);
        break;
      case 0x85: // TUPLE1
        this.#push([this.#pop()]);
        break;
      case 0x86: // TUPLE2
        this.#push(this.#popMany(2));
        break;
      case 0x87: // TUPLE3
        this.#push(this.#popMany(3));
        break;
      case 0x74: // TUPLE
      case 0x6c: // LIST
        this.#push(this.#popToMark());
        break;
      case 0x61: // APPEND
        this.#append(this.#popMany(1));
        break;
      case 0x65: // APPENDS
        this.#append(this.#popToMark());
        break;
      case 0x73: // SETITEM
        this.#setItems(this.#popMany(2));
        break;
      case 0x75: // SETITEMS
        this.#setItems(this.#popToMark());
        break;
      case 0x62: // BUILD: attributes of an OrderedDict (_metadata), which no tensor is
        this.#pop();
        if (this.#top() instanceof Map) break;
        throw this.#unsupported("attributes of a dict", "of something else");

      case 0x71: // BINPUT
        this.#memoize(this.#uint8());
        break;
      case 0x72: // LONG_BINPUT
        this.#memoize(this.#uint32());
        break;
      case 0x94: // MEMOIZE
        this.#memoize(this.#memo.size);
        break;
      case 0x68: // BINGET
        this.#recall(this.#uint8());
        break;
      case 0x6a: // LONG_BINGET
        this.#recall(this.#uint32());
        break;

      case 0x63: // GLOBAL
        this.#global(`${this.#line()}.${this.#line()}`);
        break;
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popMany(2);
        if (typeof module !== "string" || typeof name !== "string") {
          const got = `${described(module)} and ${described(name)}`;
          throw this.#damaged("the texts of a module and a name", got);
        }
        this.#global(`${module}.${name}`);
        break;
      }
      case 0x51: // BINPERSID
        this.#push(new PersistentId(this.#pop()));
        break;
      case 0x52: // REDUCE
        this.#reduce();
        break;
      default: {
        const got = `opcode 0x${opcode.toString(16).padStart(2, "0")} at byte ${begin}`;
        throw this.#unsupported("a pickle as torch.save writes it", got);
      }
    }
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #top(): StackItem | undefined {
    return this.#stack.at(-1);
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw this.#damaged("a value on the stack", "none");
    return value;
  }

  #popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.#pop()).reverse();
  }

  #popToMark(): PickleValue[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw this.#damaged("a mark on the stack", "none");
    const values = this.#stack.splice(mark);
    return values.slice(1) as PickleValue[];
  }

  #append(values: readonly PickleValue[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#damaged("a list to append to", "something else");
    for (const value of values) list.push(value);
  }

  #setItems(items: readonly PickleValue[]): void {
    const dict = this.#top();
    if (!(dict instanceof Map)) throw this.#damaged("a dict to set items of", "something else");
    if (items.length % 2 === 1) throw this.#damaged("a value for each key", "a key more");
    for (let i = 0; i < items.length; i += 2) {
      const [key, value] = [items[i], items[i + 1]];
      // State dicts have texts, and optimizers numbers. Others would be told apart by identity here.
      if (typeof key === "object" && key !== null) {
        throw this.#unsupported("texts and numbers as keys of a dict", described(key));
      }
      if (dict.has(key)) throw this.#damaged("keys of their own", `${described(key)} twice`);
      dict.set(key, value);
    }
  }

  #memoize(key: number): void {
    const value = this.#top();
    if (value === undefined || value === MARK) throw this.#damaged("a value to remember", "none");
    this.#memo.set(key, value);
  }

  #recall(key: number): void {
    const value = this.#memo.get(key);
    if (value === undefined) throw this.#damaged("something remembered", `nothing as ${key}`);
    this.#push(value);
  }

  #global(name: string): void {
    if (name !== ORDERED_DICT && !this.#mayName(name)) {
      const hint = MORE_THAN_TENSORS.some((names) => names.test(name)) ? SAVE_ALONE : DISTRUST;
      throw this.#unsupported("only names of tensors and their storages", name, hint);
    }
    this.#push(new Global(name));
  }

  #reduce(): void {
    const [callee, args] = this.#popMany(2);
    if (!(callee instanceof Global) || !Array.isArray(args)) {
      throw this.#damaged("a name and its arguments to call", "something else");
    }
    const isDict = callee.name === ORDERED_DICT;
    if (isDict && args.length > 0) throw this.#unsupported("an empty OrderedDict", "one of items");
    this.#push(isDict ? new Map() : new Call(callee.name, args));
  }

  #uint8(): number {
    return this.#view.getUint8(this.#at++);
  }

  #uint16(): number {
    this.#at += 2;
    return this.#view.getUint16(this.#at - 2, true);
  }

  #uint32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  /** A little-endian integer in two's complement. */
  #long(length: number): number {
    if (length > 8) throw this.#unsupported("an integer of at most 8 bytes", `${length}`);
    let value = 0n;
    for (let i = 0; i < length; i++) value |= BigInt(this.#uint8()) << BigInt(8 * i);
    const number = Number(BigInt.asIntN(8 * length, value));
    if (Number.isSafeInteger(number)) return number;
    throw this.#unsupported("an integer below 2⁵³", `${number}`);
  }

  #text(length: number): string {
    const { buffer, byteOffset, byteLength } = this.#view;
    if (this.#at + length > byteLength) throw new RangeError("beyond the end");
    const bytes = new Uint8Array(buffer, byteOffset + this.#at, length);
    this.#at += length;
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch (cause) {
      throw this.#damaged("text in UTF-8", "other bytes", cause);
    }
  }

  #line(): string {
    let end = this.#at;
    while (this.#view.getUint8(end) !== 0x0a) end++;
    const line = this.#text(end - this.#at);
    this.#at++;
    return line;
  }

  #damaged(expected: string, got: string, cause?: unknown): FormatError {
    const argument = `byte ${this.#at}`;
    const hint = "the file is damaged; copy or download it again";
    return new FormatError({ op, file: this.#file, argument, expected, got, hint }, { cause });
  }

  #unsupported(expected: string, got: string, hint = SAVE_ALONE): UnsupportedError {
    return new UnsupportedError({ op, file: this.#file, expected, got, hint });
  }
}
