/**
 * The opcodes that `torch.save` writes, by their names in CPython's Lib/pickletools.py, which documents them.
 * Other opcodes that import or call (INST, OBJ, NEWOBJ, EXT1, …) are left out on purpose.
 * @module
 */
export const OPCODES = {
  PROTO: 0x80,
  /** A hint for reading ahead. */
  FRAME: 0x95,
  STOP: 0x2e,
  MARK: 0x28,
  POP: 0x30,

  NONE: 0x4e,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  LONG1: 0x8a,
  BINFLOAT: 0x47,

  BINUNICODE: 0x58,
  SHORT_BINUNICODE: 0x8c,
  /** Of Python 2, as is BINSTRING. */
  SHORT_BINSTRING: 0x55,
  BINSTRING: 0x54,

  EMPTY_DICT: 0x7d,
  SETITEM: 0x73,
  SETITEMS: 0x75,
  EMPTY_LIST: 0x5d,
  LIST: 0x6c,
  APPEND: 0x61,
  APPENDS: 0x65,
  EMPTY_TUPLE: 0x29,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  TUPLE: 0x74,

  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  MEMOIZE: 0x94,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,

  GLOBAL: 0x63,
  STACK_GLOBAL: 0x93,
  BINPERSID: 0x51,
  REDUCE: 0x52,
  BUILD: 0x62,
} as const;
