/**
 * NumPy's `.npz`: a zip archive in which the array `x` is the member `x.npy`, as `numpy.savez`
 * (stored) and `numpy.savez_compressed` (deflated) write it.
 * https://numpy.org/doc/stable/reference/generated/numpy.savez.html
 * @module
 */
import { type Zippable, zipSync } from "fflate";
import { refusals } from "../../errors.ts";
import { assertBytes } from "../../source/byte-source.ts";
import { unzip } from "../zip/unzip.ts";
import { type NpyArray, readNpy, type StoredNpyArray, writeNpy } from "./npy.ts";

/**
 * The arrays of an archive by name. Members that are not `.npy` files are skipped (an archive packed by
 * hand may hold a `.DS_Store`).
 *
 * @param file its name, for error messages.
 * @throws {FormatError} if it is not such an archive, or is damaged or cut short.
 * @throws {UnsupportedError} if an array in it cannot be read; see {@link readNpy}.
 */
export function readNpz(bytes: Uint8Array, file = "npz"): Map<string, StoredNpyArray> {
  assertBytes("readNpz", bytes);
  const arrays = new Map<string, StoredNpyArray>();
  const members = unzip(bytes, file);
  for (const [name, member] of members) {
    if (!name.endsWith(".npy")) continue;
    arrays.set(name.slice(0, -".npy".length), readNpy(member, `${file}/${name}`));
  }
  if (arrays.size === 0 && members.size > 0) {
    const names = [...members.keys()].slice(0, 4).join(", ");
    const hint = "this is a zip archive, but not of NumPy arrays";
    throw refusals("readNpz", file).format(undefined, "members named *.npy", names, hint);
  }
  return arrays;
}

/**
 * An archive of `arrays`, deflated. Equal arrays give equal bytes: no date of writing is kept.
 * @throws {ArgumentError} if the shape of an array does not fit its data.
 * @throws {UnsupportedError} if they need zip64.
 */
export function writeNpz(
  arrays: ReadonlyMap<string, NpyArray> | Readonly<Record<string, NpyArray>>,
): Uint8Array {
  const entries = arrays instanceof Map ? [...arrays] : Object.entries(arrays);
  const files: Zippable = Object.fromEntries(
    entries.map(([name, array]) => [`${name}.npy`, writeNpy(array)]),
  );
  const total = entries.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
  if (total > 2 ** 32 - 2 ** 24 || entries.length >= 0xffff) {
    const expected = "fewer than 65535 arrays and 4 GiB in all";
    const got = `${entries.length} arrays of ${total} bytes`;
    throw refusals("writeNpz").unsupported("arrays", expected, got);
  }
  // A zip holds local time: this is the first moment it can express, in any time zone.
  return zipSync(files, { mtime: new Date(1980, 0, 1) });
}
