/**
 * Reading a zip archive that is in memory, as far as `.npz` needs it.
 * @module
 */
import { refusals } from "../../errors.ts";
import { rangeChecked } from "./damaged.ts";
import { zipDirectory } from "./directory.ts";
import { MEMBER } from "./layout.ts";
import { dataBegin, unpack } from "./unpack.ts";

/**
 * The members of an archive by name, unpacked and checked against their checksums.
 * @param file its name, for error messages.
 * @throws {FormatError} if it is not a zip archive, or is damaged or cut short.
 * @throws {UnsupportedError} if it is encrypted, or compressed by other methods.
 */
export function unzip(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  const members = zipDirectory(bytes, file);
  const refuse = refusals("unzip", file);
  return rangeChecked(refuse, () => {
    const unpacked = members.map((member) => {
      const { name, headerBegin, packedSize } = member;
      const header = bytes.subarray(headerBegin, headerBegin + MEMBER.size);
      const begin = dataBegin(header, member, refuse);
      return [name, unpack(bytes.subarray(begin, begin + packedSize), member, refuse)] as const;
    });
    return new Map(unpacked);
  });
}
