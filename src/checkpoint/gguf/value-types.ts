/**
 * The types of metadata values in GGUF (ggml: include/gguf.h, `enum gguf_type`).
 * @module
 */

/** The number before a value. An array has one for its elements, too. */
export const ValueType = {
  UINT8: 0,
  INT8: 1,
  UINT16: 2,
  INT16: 3,
  UINT32: 4,
  INT32: 5,
  FLOAT32: 6,
  BOOL: 7,
  STRING: 8,
  ARRAY: 9,
  UINT64: 10,
  INT64: 11,
  FLOAT64: 12,
} as const;
