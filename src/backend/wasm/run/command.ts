/**
 * What threads are told to do: kernels with addresses in place of handles, as plain data.
 *
 * Addresses are bytes in a memory: activations lie in memory 0, at home; weights and caches lie in any. A command is
 * cut into chunks, which threads take one by one, in any order; a chunk writes what no other one touches.
 * @module
 */
import type { PackedType } from "../formats/int8/formats.ts";

/** Rows of a tensor at home. */
export interface At {
  /** Address of the first row. */
  readonly at: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
}

/** Room that a command has for intermediate results: `bytes` for each thread, one behind the other. */
export interface Scratch {
  readonly at: number;
  readonly bytes: number;
}

interface Chunked {
  readonly chunks: number;
  /** Rows, groups of rows, or numbers that a chunk takes; the last may have fewer. */
  readonly perChunk: number;
}

/** The memory in which a kernel works, and its room there. */
interface Elsewhere {
  readonly memory: number;
  readonly scratch: Scratch;
}

/** Some rows of a matrix, in one memory. */
export interface MatrixPart {
  readonly memory: number;
  readonly at: number;
  /** First row of the matrix. */
  readonly begin: number;
  readonly rows: number;
}

/** Rows of a table, scaled; `ids` in order of the rows of `dst`. */
export interface EmbedCommand extends Chunked {
  readonly kind: "embed";
  readonly dst: At;
  readonly dtype: PackedType;
  readonly parts: readonly MatrixPart[];
  readonly scratch: readonly Scratch[];
  readonly ids: readonly number[];
  readonly columns: number;
  readonly pieces: number;
  readonly scale: number;
}

export interface RmsNormCommand extends Chunked {
  readonly kind: "rmsNorm";
  readonly dst: At;
  readonly x: At;
  readonly rows: number;
  readonly columns: number;
  readonly gain: number;
  readonly eps: number;
}

/** Rows of x in the order in which matmuls read them (kernels/pack-rows.ts), to `to` in `memory`. */
export interface PackCommand extends Chunked, Elsewhere {
  readonly kind: "pack";
  readonly x: At;
  readonly rows: number;
  readonly columns: number;
  /** Vectors of a packed row. */
  readonly vectors: number;
  readonly stride: number;
  readonly to: number;
}

/** Rows of x in blocks of integers (kernels/int8/quantize-rows.ts), to `to` in `memory`. */
export interface QuantizeCommand extends Chunked, Elsewhere {
  readonly kind: "quantize";
  readonly products: string;
  readonly rowBytes: number;
  readonly x: At;
  readonly rows: number;
  /** Blocks of a row. */
  readonly blocks: number;
  readonly to: number;
}

/** A part of a matrix times packed rows, into columns of `dst` from `begin` on. */
export interface MatmulCommand extends Chunked, Elsewhere {
  readonly kind: "matmul";
  readonly dst: At;
  readonly dtype: PackedType;
  readonly w: number;
  readonly begin: number;
  readonly groups: number;
  readonly pieces: number;
  readonly x: number;
  readonly rows: number;
  /** Room at home, for results on their way from another memory. */
  readonly homeScratch: Scratch;
}

export interface RopeCommand extends Chunked {
  readonly kind: "rope";
  readonly dst: At;
  readonly x: At;
  readonly heads: number;
  readonly half: number;
  /** Address of the row of cosines of each row; its sines follow. */
  readonly angles: readonly number[];
}

/** Where a layer of a cache lies. */
export interface CacheLayer {
  readonly memory: number;
  readonly keys: number;
  readonly values: number;
}

/** How a position lies in a cache: `heads` heads of `columns` numbers, padded to `padded`. */
export interface HeadLayout {
  readonly heads: number;
  readonly columns: number;
  readonly padded: number;
}

export interface KvWriteCommand extends Chunked, CacheLayer, HeadLayout {
  readonly kind: "kvWrite";
  readonly k: At;
  readonly v: At;
  readonly rows: number;
  readonly position: number;
}

/** Attention of `rows` rows from `position` on; a chunk is `perChunk` rows of one key-value head, and some queries. */
export interface AttentionCommand extends Chunked, CacheLayer, HeadLayout {
  readonly kind: "attention";
  readonly dst: At;
  readonly q: At;
  readonly rows: number;
  readonly position: number;
  /** Query heads of a key-value head. */
  readonly group: number;
  /** Query heads that a chunk takes of them. */
  readonly perHead: number;
  readonly scale: number;
  readonly scratch: Scratch;
}

export interface GegluCommand extends Chunked {
  readonly kind: "geglu";
  readonly dst: At;
  readonly gate: At;
  readonly up: At;
  /** Vectors of a row; a chunk takes `perChunk` of them, of one row. */
  readonly vectors: number;
}

export interface AddCommand extends Chunked {
  readonly kind: "add";
  readonly dst: At;
  readonly x: At;
  readonly y: At;
  readonly rows: number;
  readonly vectors: number;
}

/** Numbers from outside. */
export interface WriteCommand extends Chunked {
  readonly kind: "write";
  readonly dst: At;
  readonly columns: number;
  readonly data: Float32Array;
}

/** Numbers to outside. */
export interface ReadCommand extends Chunked {
  readonly kind: "read";
  /** Where `src` lies. */
  readonly memory: number;
  readonly src: At;
  readonly rows: number;
  readonly columns: number;
}

/** Bytes from one memory to another. */
export interface MoveCommand extends Chunked {
  readonly kind: "move";
  readonly from: { readonly memory: number; readonly at: number };
  readonly to: { readonly memory: number; readonly at: number };
  readonly bytes: number;
}

export type Command =
  | EmbedCommand
  | RmsNormCommand
  | PackCommand
  | QuantizeCommand
  | MatmulCommand
  | RopeCommand
  | KvWriteCommand
  | AttentionCommand
  | GegluCommand
  | AddCommand
  | WriteCommand
  | ReadCommand
  | MoveCommand;

/** Commands that one thread does one behind the other, or one command that all share. */
export interface Part {
  readonly commands: readonly Command[];
  readonly chunks: number;
}

/** Work that may be done in any order; the next phase begins when all of it is done. */
export interface Phase {
  readonly parts: readonly Part[];
  readonly chunks: number;
}

/** What the threads know of the formats, and of sizes that the kernels were written with. */
export interface Layout {
  readonly formats: Readonly<Record<string, FormatLayout>>;
  /** Rows of a group. */
  readonly group: number;
  /** Rows of x in a tile. */
  readonly tile: number;
  /** Bytes of the sums of a pair of rows. */
  readonly tileBytes: number;
  /** Vectors that are widened at a time. */
  readonly block: number;
  /** Positions of a cache that are looked at before the next query. */
  readonly keyBlock: number;
  readonly int8: Int8Layout;
}

export interface IntegerLayout {
  /** How they are multiplied, as kernels are called after it (formats/int8/products.ts). */
  readonly products: string;
  /** Bytes of {@link Int8Layout.columns} columns of one row of x. */
  readonly rowBytes: number;
  /** Bytes of as many columns of the groups of a tile, expanded. */
  readonly wideBytes: number;
  /** How often a piece has as many columns. */
  readonly blocks: number;
}

/** What they know of the kernels for activations of int8. */
export interface Int8Layout {
  /** The formats whose products are integers. */
  readonly formats: Readonly<Record<string, IntegerLayout>>;
  /** Columns of a block. */
  readonly columns: number;
  /** Rows of x in a tile; groups of rows of W. */
  readonly tile: number;
  readonly groups: number;
  /** Blocks that are expanded at a time. */
  readonly blocks: number;
}

export interface FormatLayout {
  readonly pieceBytes: number;
  readonly pieceVectors: number;
  readonly stride: number;
  /** Bytes of a piece of two rows, as the kernel for many rows of x reads them. */
  readonly pairBytes: number;
  /** Whether those are integers, with scales (../kernels/running-scale.ts). */
  readonly isScaled: boolean;
  /** Tiles up to which there is a kernel that takes the pieces as they are; 0 if there is none. */
  readonly fewTiles: number;
}
