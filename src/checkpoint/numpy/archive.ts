/**
 * Guards for reading members of an `.npz`, which may be deflated, from anywhere.
 * @module
 */
import { refusals } from "../../errors.ts";
import { assertSmall, type ByteSource } from "../../source/byte-source.ts";
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

/**
 * A small member, whole.
 * @throws {FormatError} if it has more than `most` bytes, or is damaged.
 */
export function readSmall(
  source: ByteSource,
  member: ZipMember,
  signal?: AbortSignal,
  most?: number,
): Promise<Uint8Array> {
  assertSmall(op, { name: `${source.name}/${member.name}`, size: member.size }, most);
  return readMember(source, member, signal);
}
