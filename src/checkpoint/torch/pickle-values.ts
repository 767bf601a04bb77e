/**
 * The values a pickle can build here: plain ones, and notes of the calls it would have made.
 * @module
 */
import { brief } from "../../brief.ts";

/** Dicts are maps; lists and tuples are arrays, not told apart. */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Global
  | Call
  | PersistentId;

/** A name in a Python module: "torch.BFloat16Storage". */
export class Global {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A call that was noted and not made. */
export class Call {
  readonly name: string;
  readonly args: readonly PickleValue[];
  constructor(name: string, args: readonly PickleValue[]) {
    this.name = name;
    this.args = args;
  }
}

/** A reference to something kept outside the pickle: a storage. */
export class PersistentId {
  readonly id: PickleValue;
  constructor(id: PickleValue) {
    this.id = id;
  }
}

/** A value in a message. The parts of a list or dict are left out: there may be millions of them. */
export function described(value: PickleValue): string {
  if (Array.isArray(value)) return "a list or tuple";
  if (value instanceof Map) return "a dict";
  if (value instanceof PersistentId) return "a storage";
  return value instanceof Global || value instanceof Call ? value.name : brief(value);
}
