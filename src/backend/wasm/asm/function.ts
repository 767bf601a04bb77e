/**
 * A function under construction: locals, statements and loops. Loops over constants need no instruction here: a
 * plain `for` in TypeScript unrolls them.
 * @module
 */
import {
  asI32,
  type Effect,
  type Expression,
  type I32,
  instruction,
  joined,
  type ValueType,
} from "./expression.ts";
import { unsigned } from "./leb128.ts";

/** How the binary format writes each type. */
export const TYPE_CODE: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

const EMPTY_BLOCK = 0x40;
const [BLOCK, LOOP, IF, ELSE, END, BR, BR_IF] = [0x02, 0x03, 0x04, 0x05, 0x0b, 0x0c, 0x0d];
const [LOCAL_GET, LOCAL_SET, LOCAL_TEE] = [0x20, 0x21, 0x22];

/** A variable; as an expression, its value at that point. */
export interface Local<T extends ValueType> extends Expression<T> {
  readonly index: number;
}

/** The parameters of a function: a name and a type each. */
export type Parameters = Readonly<Record<string, ValueType>>;

/** The parameters as locals. */
export type Arguments<P extends Parameters> = { readonly [Name in keyof P]: Local<P[Name]> };

/** Collects the statements of one function. */
export class FunctionBuilder {
  readonly #types: ValueType[];
  readonly #parameters: number;
  readonly #constants = new Map<string, Local<ValueType>>();
  #first: number[] = [];
  #code: number[] = [];

  constructor(parameters: readonly ValueType[]) {
    this.#types = [...parameters];
    this.#parameters = parameters.length;
  }

  /** A new variable with a value. */
  let<T extends ValueType>(value: Expression<T>): Local<T> {
    const variable = local(this.#types.push(value.type) - 1, value.type);
    this.set(variable, value);
    return variable;
  }

  /** A constant in a variable of its own, set before all else: the same expression gives the same variable. */
  constant<T extends ValueType>(value: Expression<T>): Local<T> {
    const key = value.code.join();
    let variable = this.#constants.get(key);
    if (!variable) {
      variable = local(this.#types.push(value.type) - 1, value.type);
      this.#constants.set(key, variable);
      this.#first.push(...value.code, LOCAL_SET, ...unsigned(variable.index));
    }
    return variable as Local<T>;
  }

  set<T extends ValueType>(variable: Local<T>, value: Expression<T>): void {
    this.#code.push(...value.code, LOCAL_SET, ...unsigned(variable.index));
  }

  /** Sets a variable in the middle of an expression. */
  tee<T extends ValueType>(variable: Local<T>, value: Expression<T>): Expression<T> {
    return instruction(value.type, [LOCAL_TEE, ...unsigned(variable.index)], [value]);
  }

  /** Adds to a pointer or a counter. */
  increase(variable: Local<"i32">, by: I32 | number): void {
    this.set(variable, instruction("i32", [0x6a], [variable, asI32(by)]));
  }

  /** Something done for its effect: a store. */
  do(...effects: readonly Effect[]): void {
    for (const { code } of effects) this.#code.push(...code);
  }

  /** `body`, `count` times; `count` is evaluated once. */
  repeat(count: I32 | number, body: () => void): void {
    if (count === 1) body();
    else this.unrolled(count, 1, body);
  }

  /**
   * As {@link FunctionBuilder.repeat}, with `copies` of the body in a round. Each is told which it is, and `then`
   * follows the last: it moves the pointers on, for all copies at once. Between copies the loop may end. That also
   * keeps V8 from loading for all copies first, which registers would not suffice for.
   */
  unrolled(
    count: I32 | number,
    copies: number,
    body: (copy: number) => void,
    then: () => void = () => {},
  ): void {
    const left = this.let(asI32(count));
    this.#code.push(...left.code, IF, EMPTY_BLOCK, LOOP, EMPTY_BLOCK);
    for (let copy = 0; copy < copies; copy++) {
      body(copy);
      const isLast = copy === copies - 1;
      if (isLast) then();
      const rest = this.tee(left, instruction("i32", [0x6b], [left, asI32(1)]));
      if (isLast) this.#code.push(...rest.code, BR_IF, 0);
      else this.#code.push(...rest.code, 0x45, BR_IF, 1);
    }
    this.#code.push(END, END);
  }

  /** `body`, as long as `condition` is not 0; it is looked at before each round. */
  while(condition: I32, body: () => void): void {
    this.#code.push(BLOCK, EMPTY_BLOCK, LOOP, EMPTY_BLOCK);
    this.#code.push(...condition.code, 0x45, BR_IF, 1);
    body();
    this.#code.push(BR, 0, END, END);
  }

  if(condition: I32, then: () => void, otherwise?: () => void): void {
    this.#code.push(...condition.code, IF, EMPTY_BLOCK);
    then();
    if (otherwise) {
      this.#code.push(ELSE);
      otherwise();
    }
    this.#code.push(END);
  }

  /** The value that the function returns; its last statement. */
  return(value: Expression<ValueType>): void {
    this.#code.push(...value.code);
  }

  /** The body as the binary format has it: its length, the types of its locals, its code. */
  get body(): number[] {
    const own = this.#types.slice(this.#parameters);
    const locals = [...unsigned(own.length), ...own.flatMap((type) => [1, TYPE_CODE[type]])];
    const code = joined([locals, this.#first, this.#code, [END]]);
    return joined([unsigned(code.length), code]);
  }
}

/** The local with that index. */
export function local<T extends ValueType>(index: number, type: T): Local<T> {
  return { ...instruction(type, [LOCAL_GET, ...unsigned(index)]), index };
}
