/**
 * The members of torch's archives. torch never compresses, and a compressed storage could not be read by
 * range.
 * @module
 */
import { brief } from "../../brief.ts";
import type { Refusals } from "../../errors.ts";
import type { ByteSource } from "../../source/byte-source.ts";
import type { ZipMember } from "../zip/directory.ts";
import { readMember } from "../zip/member.ts";

/** A pickle of a state dict takes some hundred bytes a tensor. */
const MAX_PICKLE_BYTES = 2 ** 26;

/**
 * A small member, whole.
 * @throws {UnsupportedError} if it is not stored as it is, or is larger than any pickle of a state dict.
 */
export async function readSmall(
  source: ByteSource,
  member: ZipMember,
  refuse: Refusals,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { name, size } = member;
  assertStored(member, refuse);
  if (size <= MAX_PICKLE_BYTES) return readMember(source, member, signal);
  throw refuse.unsupported(name, `at most ${MAX_PICKLE_BYTES} bytes`, size);
}

/** @throws {UnsupportedError} if a member is compressed or encrypted. */
export function assertStored(member: ZipMember, refuse: Refusals): void {
  const { name, flags, method, packedSize, size } = member;
  if (method === 0 && packedSize === size && (flags & 1) === 0) return;
  const got = flags & 1 ? "an encrypted member" : `compression method ${method}`;
  const hint = "the archive was packed again by another program; use the original file";
  throw refuse.unsupported(name, "a member stored as it is, as torch.save does", got, hint);
}

/**
 * @param member "byteorder": files from before torch 2.1 do not have it, and are practically always
 * little-endian.
 * @throws {UnsupportedError} if it says another byte order.
 */
export async function assertLittleEndian(
  source: ByteSource,
  member: ZipMember | undefined,
  refuse: Refusals,
  signal?: AbortSignal,
): Promise<void> {
  if (!member) return;
  const order = new TextDecoder().decode(await readSmall(source, member, refuse, signal));
  if (order === "little") return;
  throw refuse.unsupported("byteorder", "little", brief(order));
}
