/**
 * The stack machine of Python's pickle, without the opcodes that call anything.
 * @module
 */
import { adviceOn, ORDERED_DICT } from "./pickle-globals.ts";
import { OPCODES } from "./pickle-opcodes.ts";
import { PickleReader } from "./pickle-reader.ts";
import { PickleStack } from "./pickle-stack.ts";
import { Call, described, Global, PersistentId, type PickleValue } from "./pickle-values.ts";

/**
 * Opcodes of a whole pickle. A state dict takes some sixty a tensor; its optimizer three times that. An
 * opcode of one byte may make a dict of two hundred, so more would let a small file fill the memory.
 */
const MAX_OPCODES = 2 ** 20;

/** Runs the opcodes of one pickle. */
export class Unpickler {
  readonly #pickle: PickleReader;
  readonly #stack: PickleStack;
  readonly #memo = new Map<number, PickleValue>();
  readonly #mayName: (name: string) => boolean;

  constructor(bytes: Uint8Array, file: string, mayName: (name: string) => boolean) {
    this.#pickle = new PickleReader(bytes, file);
    this.#stack = new PickleStack(this.#pickle);
    this.#mayName = mayName;
  }

  run(): PickleValue {
    const pickle = this.#pickle;
    try {
      for (let count = 0; count < MAX_OPCODES; count++) {
        const begin = pickle.at;
        const opcode = pickle.uint8();
        if (opcode === OPCODES.STOP) return this.#stack.pop();
        this.#step(opcode, begin);
      }
      throw pickle.unsupported(`a pickle of at most ${MAX_OPCODES} opcodes`, "more");
    } catch (error) {
      if (error instanceof RangeError) throw pickle.damaged("an opcode's data", "the end", error);
      throw error;
    }
  }

  #step(opcode: number, begin: number): void {
    const pickle = this.#pickle;
    const stack = this.#stack;
    switch (opcode) {
      case OPCODES.PROTO:
        pickle.skip(1);
        break;
      case OPCODES.FRAME:
        pickle.skip(8);
        break;
      case OPCODES.MARK:
        stack.mark();
        break;
      case OPCODES.POP:
        stack.drop();
        break;

      case OPCODES.NONE:
        stack.push(null);
        break;
      case OPCODES.NEWTRUE:
        stack.push(true);
        break;
      case OPCODES.NEWFALSE:
        stack.push(false);
        break;
      case OPCODES.BININT:
        stack.push(pickle.int32());
        break;
      case OPCODES.BININT1:
        stack.push(pickle.uint8());
        break;
      case OPCODES.BININT2:
        stack.push(pickle.uint16());
        break;
      case OPCODES.LONG1:
        stack.push(pickle.long(pickle.uint8()));
        break;
      case OPCODES.BINFLOAT:
        stack.push(pickle.float64());
        break;

      case OPCODES.BINUNICODE:
      case OPCODES.BINSTRING:
        stack.push(pickle.text(pickle.uint32()));
        break;
      case OPCODES.SHORT_BINUNICODE:
      case OPCODES.SHORT_BINSTRING:
        stack.push(pickle.text(pickle.uint8()));
        break;

      case OPCODES.EMPTY_DICT:
        stack.push(new Map());
        break;
      case OPCODES.SETITEM:
        this.#setItems(stack.popMany(2));
        break;
      case OPCODES.SETITEMS:
        this.#setItems(stack.popToMark());
        break;
      case OPCODES.EMPTY_LIST:
      case OPCODES.EMPTY_TUPLE:
        stack.push([]);
        break;
      case OPCODES.APPEND:
        this.#append(stack.popMany(1));
        break;
      case OPCODES.APPENDS:
        this.#append(stack.popToMark());
        break;
      case OPCODES.TUPLE1:
        stack.push(stack.popMany(1));
        break;
      case OPCODES.TUPLE2:
        stack.push(stack.popMany(2));
        break;
      case OPCODES.TUPLE3:
        stack.push(stack.popMany(3));
        break;
      case OPCODES.TUPLE:
      case OPCODES.LIST:
        stack.push(stack.popToMark());
        break;

      case OPCODES.BINPUT:
        this.#memoize(pickle.uint8());
        break;
      case OPCODES.LONG_BINPUT:
        this.#memoize(pickle.uint32());
        break;
      case OPCODES.MEMOIZE:
        this.#memoize(this.#memo.size);
        break;
      case OPCODES.BINGET:
        this.#recall(pickle.uint8());
        break;
      case OPCODES.LONG_BINGET:
        this.#recall(pickle.uint32());
        break;

      case OPCODES.GLOBAL:
        this.#global(pickle.line(), pickle.line());
        break;
      case OPCODES.STACK_GLOBAL: {
        const [module, name] = stack.popMany(2);
        this.#global(module, name);
        break;
      }
      case OPCODES.BINPERSID:
        stack.push(new PersistentId(stack.pop()));
        break;
      case OPCODES.REDUCE:
        this.#reduce();
        break;
      case OPCODES.BUILD: // attributes of an OrderedDict (_metadata): no tensors
        stack.pop();
        if (stack.top() instanceof Map) break;
        throw pickle.unsupported("attributes of a dict", "attributes of something else");
      default: {
        const got = `opcode 0x${opcode.toString(16).padStart(2, "0")} at byte ${begin}`;
        throw pickle.unsupported("a pickle as torch.save writes it", got);
      }
    }
  }

  #append(values: readonly PickleValue[]): void {
    const list = this.#stack.top();
    if (!Array.isArray(list)) throw this.#pickle.damaged("a list to append to", "something else");
    for (const value of values) list.push(value);
  }

  #setItems(items: readonly PickleValue[]): void {
    const dict = this.#stack.top();
    const pickle = this.#pickle;
    if (!(dict instanceof Map)) throw pickle.damaged("a dict to set items of", "something else");
    if (items.length % 2 === 1) throw pickle.damaged("a value for each key", "a key without one");
    for (let i = 0; i < items.length; i += 2) {
      const [key, value] = [items[i], items[i + 1]];
      // State dicts have texts, and optimizers numbers. Others would be told apart by identity here.
      if (typeof key === "object" && key !== null) {
        throw pickle.unsupported("texts and numbers as keys of a dict", described(key));
      }
      if (dict.has(key)) throw pickle.damaged("each key once", `${described(key)} twice`);
      dict.set(key, value);
    }
  }

  #memoize(key: number): void {
    const value = this.#stack.top();
    if (value === undefined) throw this.#pickle.damaged("a value to remember", "nothing");
    this.#memo.set(key, value);
  }

  #recall(key: number): void {
    const value = this.#memo.get(key);
    if (value === undefined) {
      throw this.#pickle.damaged("a remembered value", `nothing remembered as ${key}`);
    }
    this.#stack.push(value);
  }

  #global(module: PickleValue, name: PickleValue): void {
    if (typeof module !== "string" || typeof name !== "string") {
      const got = `${described(module)} and ${described(name)}`;
      throw this.#pickle.damaged("the texts of a module and a name", got);
    }
    const full = `${module}.${name}`;
    if (full !== ORDERED_DICT && !this.#mayName(full)) {
      const expected = "only names of tensors and their storages";
      throw this.#pickle.unsupported(expected, full, adviceOn(full));
    }
    this.#stack.push(new Global(full));
  }

  #reduce(): void {
    const [callee, args] = this.#stack.popMany(2);
    if (!(callee instanceof Global) || !Array.isArray(args)) {
      throw this.#pickle.damaged("a name and its arguments to call", "something else");
    }
    const isDict = callee.name === ORDERED_DICT;
    if (isDict && args.length > 0) {
      throw this.#pickle.unsupported("an empty OrderedDict", "an OrderedDict with items");
    }
    this.#stack.push(isDict ? new Map() : new Call(callee.name, args));
  }
}
