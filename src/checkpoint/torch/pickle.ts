/**
 * Python's pickle, as far as `torch.save` writes it, and no further. A pickle is a program for a stack
 * machine whose instructions may call anything there is in Python, so loading one of unknown origin runs
 * foreign code. Here it can call nothing: a name it asks for must be one of a few that stand for
 * tensors and their storages, and calling one of those only notes the call. Protocols 2 to 5.
 * @module
 */
import { refusals } from "../../errors.ts";
import { Unpickler } from "./pickle-machine.ts";
import { Call, PersistentId, type PickleValue } from "./pickle-values.ts";

/** Far more than a state dict has; each level costs a stack frame when the result is walked. */
const MAX_DEPTH = 32;

/**
 * The value that a pickle builds.
 * @param mayName whether the name of a class or function may occur. `collections.OrderedDict` always may.
 * @throws {FormatError} if it is damaged, or builds a value that contains itself.
 * @throws {UnsupportedError} if it asks for another name, or does more than a state dict needs.
 */
export function readPickle(
  bytes: Uint8Array,
  file: string,
  mayName: (name: string) => boolean,
): PickleValue {
  const value = new Unpickler(bytes, file, mayName).run();
  assertTree(value, file);
  return value;
}

/** Refuses values nested without end: a list can be made to contain itself. */
function assertTree(root: PickleValue, file: string): void {
  const refuse = refusals("readPickle", file);
  const done = new Set<PickleValue>();
  const visit = (value: PickleValue, depth: number): void => {
    if (typeof value !== "object" || value === null || done.has(value)) return;
    if (depth > MAX_DEPTH) {
      const expected = `values nested at most ${MAX_DEPTH} deep`;
      throw refuse.format(undefined, expected, "deeper ones, or one inside itself");
    }
    for (const child of childrenOf(value)) visit(child, depth + 1);
    done.add(value);
  };
  visit(root, 0);
}

function childrenOf(value: PickleValue): Iterable<PickleValue> {
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  if (value instanceof Call) return value.args;
  return value instanceof PersistentId ? [value.id] : [];
}
