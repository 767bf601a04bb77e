/**
 * The small members of an `.npz`, as the files of a folder, and a guard against archives that would unpack to
 * more than a model.
 * @module
 */
import { refusals } from "../../errors.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import type { Folder } from "../../source/folder.ts";
import type { ZipMember } from "../zip/directory.ts";
import { readMember } from "../zip/member.ts";

const op = "openNpz";

/**
 * Weights deflate to a half, small integers to a tenth. An archive whose data would become more than this many
 * times the file, and more than {@link SMALL}, is not a model but a bomb.
 */
const MAX_INFLATION = 16;
const SMALL = 2 ** 26;

/** @throws {UnsupportedError} if the members would unpack to much more than a model. */
export function assertNoBomb(
  members: readonly ZipMember[],
  { name: file, size }: ByteSource,
): void {
  const deflated = members.filter(({ method }) => method !== 0);
  const total = deflated.reduce((sum, member) => sum + member.size, 0);
  const most = Math.max(SMALL, MAX_INFLATION * size);
  if (total <= most) return;
  const expected = `deflated data of at most ${most} bytes in all`;
  const hint = "save it with numpy.savez, which does not compress";
  throw refusals(op, file).unsupported(undefined, expected, total, hint);
}

/** The members of an archive as the files of a folder. Those that it does not have are looked for in `outer`. */
export function archiveFolder(
  source: ByteSource,
  members: readonly ZipMember[],
  outer?: Folder,
): Folder & { label(file: string): string } {
  const byName = new Map(members.map((member) => [member.name, member]));
  const label = (file: string) => (byName.has(file) ? `${source.name}/${file}` : file);
  return {
    name: outer?.name ?? source.name,
    label,
    async open(file) {
      const member = byName.get(file);
      if (!member) return outer?.open(file);
      return {
        name: label(file),
        size: member.size,
        // Read whole, as only then its checksum is checked.
        read: async (begin, end, signal) =>
          (await readMember(source, member, signal)).subarray(begin, end),
      };
    },
  };
}
