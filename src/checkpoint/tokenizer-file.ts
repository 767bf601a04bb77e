/**
 * The tokenizer of a checkpoint, whatever it came in: the bytes of a `tokenizer.model`, or a vocabulary read
 * from another file.
 * @module
 */
import { type ModelProto, parseModelProto } from "../tokenizer/model-proto.ts";
import { writeModelProto } from "../tokenizer/model-proto-write.ts";

/** A token that was added to a vocabulary after training, or named anew. */
export interface AddedToken {
  /** Its id. */
  readonly id: number;
  /** Its text. */
  readonly content: string;
  /** Whether others leave it out of the text that they show. */
  readonly special: boolean;
}

/** A SentencePiece model. Either form is made from the other when asked for. */
export interface TokenizerFile {
  /** Where it was read from, for error messages. */
  readonly name: string;
  /** The bytes of its `tokenizer.model`. */
  bytes(): Uint8Array;
  /**
   * Its content.
   * @throws {FormatError} naming the file if it is damaged.
   */
  model(): ModelProto;
  /** Those of its tokens that were added to it. */
  readonly added?: readonly AddedToken[];
}

/**
 * A tokenizer in either form.
 * @param from the bytes of a `tokenizer.model`, which are not copied, or the content of one.
 * @param name where it was read from, for error messages.
 */
export function tokenizerFile(from: Uint8Array | ModelProto, name: string): TokenizerFile {
  if (!(from instanceof Uint8Array)) {
    return { name, bytes: () => writeModelProto(from), model: () => from };
  }
  let model: ModelProto | undefined;
  return {
    name,
    bytes: () => from,
    model() {
      model ??= parseModelProto(from, name);
      return model;
    },
  };
}
