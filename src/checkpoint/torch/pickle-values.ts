/**
 * What a pickle can build here: plain values, and notes of what it would have called.
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

/** What a call of a global would be. */
export class Call {
  readonly name: string;
  readonly args: readonly PickleValue[];
  constructor(name: string, args: readonly PickleValue[]) {
    this.name = name;
    this.args = args;
  }
}

/** Something kept outside of the pickle: a storage. */
export class PersistentId {
  readonly id: PickleValue;
  constructor(id: PickleValue) {
    this.id = id;
  }
}

/** A value in a message. Of what has parts none is shown: they may be without number. */
export function described(value: PickleValue): string {
  if (Array.isArray(value)) return "a list or tuple";
  if (value instanceof Map) return "a dict";
  if (value instanceof PersistentId) return "a storage";
  return value instanceof Global || value instanceof Call ? value.name : brief(value);
}
