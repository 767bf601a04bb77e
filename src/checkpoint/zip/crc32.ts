/**
 * CRC-32, the checksum of zip and gzip (RFC 1952 §8), eight bytes at a step: a checkpoint of gigabytes is
 * summed as it is written. Kounavis and Berry 2008, "Novel table lookup-based algorithms for
 * high-performance CRC generation".
 * @module
 */

/** TABLES[256 · k + byte] is the remainder of `byte` with k zero bytes behind it. */
const TABLES = new Uint32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let c = byte;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  TABLES[byte] = c;
}
for (let i = 256; i < TABLES.length; i++) {
  TABLES[i] = TABLES[TABLES[i - 256] & 0xff] ^ (TABLES[i - 256] >>> 8);
}

/**
 * The checksum of `bytes`: `crc32("123456789")` is 0xcbf43926.
 * @param before the checksum of the bytes before them, so that data may be summed in pieces.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const T = TABLES;
  let c = ~before;
  let i = 0;
  for (; i + 8 <= bytes.length; i += 8) {
    c ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    c =
      T[0x700 + (c & 0xff)] ^
      T[0x600 + ((c >>> 8) & 0xff)] ^
      T[0x500 + ((c >>> 16) & 0xff)] ^
      T[0x400 + (c >>> 24)] ^
      T[0x300 + bytes[i + 4]] ^
      T[0x200 + bytes[i + 5]] ^
      T[0x100 + bytes[i + 6]] ^
      T[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) c = T[(c ^ bytes[i]) & 0xff] ^ (c >>> 8);
  return ~c >>> 0;
}
