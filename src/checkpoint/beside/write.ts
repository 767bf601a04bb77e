/**
 * The files that transformers and vLLM look for beside the weights; read.ts is the other way round.
 *
 * Without `tokenizer_config.json` transformers 5 puts no BOS before a text, and Gemma without BOS is lost: the
 * perplexity of a text rises from 3.5 to billions (lm-evaluation-harness, pull request 1465).
 * @module
 */
import { eosTokenIds } from "../../config.ts";
import { toHfConfig } from "../../hf-config.ts";
import { type ModelProto, PieceType } from "../../tokenizer/model-proto.ts";
import { SPACE_SYMBOL } from "../../tokenizer/normalizer.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { byName } from "../dtypes.ts";
import { type SafetensorsType, safetensorsType } from "../encode/encode.ts";
import { CONFIG, GENERATION_CONFIG, TOKENIZER, TOKENIZER_CONFIG } from "../file-names.ts";
import type { AddedToken } from "../tokenizer-file.ts";
import { chatTemplateFor } from "./template-for.ts";

/**
 * The bytes of the files, by name.
 * @param type the type in which the weights are written. Default: as they are.
 */
export function hfFiles(checkpoint: Checkpoint, type?: SafetensorsType): Map<string, Uint8Array> {
  const { config, tensors, tokenizer } = checkpoint;
  const { dtype } = byName(
    type ?? safetensorsType(tensors.get("model.embed_tokens.weight")?.dtype),
  );
  const { bosTokenId, eosTokenId, padTokenId } = config;
  const ids = { bos_token_id: bosTokenId, eos_token_id: eosTokenId, pad_token_id: padTokenId };
  const files = new Map([
    [CONFIG, encoded(toHfConfig(config, dtype))],
    [GENERATION_CONFIG, encoded(ids)],
  ]);
  if (!tokenizer) return files;
  files.set(TOKENIZER_CONFIG, encoded(tokenizerConfig(checkpoint, tokenizer.model())));
  return files.set(TOKENIZER, tokenizer.bytes());
}

function encoded(json: object): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`);
}

function tokenizerConfig(checkpoint: Checkpoint, { pieces }: ModelProto): object {
  const { config, tokenizer } = checkpoint;
  const textOf = (id: number) => pieces[id]?.piece;
  const own = pieces.flatMap(({ piece: content, type }, id): AddedToken[] => {
    const isSpecial = type === PieceType.CONTROL || type === PieceType.UNKNOWN;
    return isSpecial ? [{ id, content, special: true }] : [];
  });
  const added = new Map([...(tokenizer?.added ?? []), ...own].map((token) => [token.id, token]));
  const plain = { lstrip: false, rstrip: false, single_word: false };
  return {
    tokenizer_class: "GemmaTokenizer",
    add_bos_token: true,
    add_eos_token: false,
    bos_token: textOf(config.bosTokenId),
    eos_token: textOf(eosTokenIds(config)[0]),
    pad_token: textOf(config.padTokenId),
    unk_token: pieces.find(({ type }) => type === PieceType.UNKNOWN)?.piece,
    added_tokens_decoder: Object.fromEntries(
      [...added.values()].map(({ id, content: text, special }) => {
        // By the text of its piece, or Hugging Face would make a new token: with spaces, it is found when they are ▁.
        const content = text.replaceAll(" ", SPACE_SYMBOL);
        return [id, { content, special, normalized: content.includes(SPACE_SYMBOL), ...plain }];
      }),
    ),
    chat_template: chatTemplateFor(checkpoint),
    clean_up_tokenization_spaces: false,
    sp_model_kwargs: {},
    spaces_between_special_tokens: false,
  };
}
