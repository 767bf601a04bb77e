/**
 * The names under which a Gemma's tensors may lie, besides those of the published files. Each is taken only where
 * all of the tensors agree on it; else the names stay, so that a refusal can name them.
 * @module
 */
import type { GemmaConfig } from "../config.ts";

export const TABLE = "model.embed_tokens.weight";
/** The output projection, which Gemma ties to the table. */
export const HEAD = "lm_head.weight";

/** What wraps a whole model, and stands in front of every name: DistributedDataParallel, DeepSpeed, TRL. */
const WRAPPERS = ["module.", "_forward_module.", "pretrained_model."];
/** What wraps any of its modules, and may stand anywhere: `torch.compile`, FSDP, activation checkpointing. */
const INSIDE = /(^|(?<=\.))(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\./g;

/**
 * `tensors` by the usual names, in their order:
 *
 * - without the names of wrappers;
 * - without `model.` where it stands in front of every name, as Lightning puts it;
 * - with `model.` in front, which a model saved as GemmaModel (AutoModel) does not have;
 * - with the table, where only the output projection is stored, and the two are one matrix.
 */
export function usualNames<T>(
  tensors: ReadonlyMap<string, T>,
  { tieWordEmbeddings }: Pick<GemmaConfig, "tieWordEmbeddings"> = {},
): Map<string, T> {
  const byName = asGemmaModel(unwrapped(tensors));
  const head = byName.get(HEAD);
  if (head !== undefined && tieWordEmbeddings !== false && !byName.has(TABLE)) {
    byName.set(TABLE, head);
  }
  return byName;
}

function unwrapped<T>(tensors: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  let found = renamed(tensors, (name) => name.replace(INSIDE, ""));
  const all = (prefix: string) => [...found.keys()].every((name) => name.startsWith(prefix));
  const wrapper = () => {
    if (found.size === 0) return undefined;
    const isLightning = found.has(`model.${HEAD}`) || found.has(`model.${TABLE}`);
    return [...WRAPPERS, ...(isLightning ? ["model."] : [])].find(all);
  };
  for (let prefix = wrapper(); prefix; prefix = wrapper()) {
    const { length } = prefix;
    found = renamed(found, (name) => name.slice(length));
  }
  return found;
}

function asGemmaModel<T>(tensors: ReadonlyMap<string, T>): Map<string, T> {
  const isBare = ![...tensors.keys()].some((name) => name.startsWith("model."));
  if (!isBare || !tensors.has("embed_tokens.weight")) return new Map(tensors);
  return renamed(tensors, (name) =>
    /^(embed_tokens|layers|norm|rotary_emb)\./.test(name) ? `model.${name}` : name,
  );
}

/** As they were where two would have one name. */
function renamed<T>(
  tensors: ReadonlyMap<string, T>,
  rename: (name: string) => string,
): Map<string, T> {
  const byName = new Map([...tensors].map(([name, tensor]) => [rename(name), tensor]));
  return byName.size === tensors.size ? byName : new Map(tensors);
}

const WEIGHT =
  /^(lm_head|model\.(embed_tokens|norm|layers\.\d+\.(\w+_layernorm|self_attn\.[qkvo]_proj|mlp\.(gate|up|down)_proj)))\.weight$/;

/** Those of `names` that a Gemma's weights have, without wrappers. A Llama's have them, too. */
export function weightNames(names: Iterable<string>): string[] {
  const usual = usualNames(new Map([...names].map((name) => [name, name])));
  return [...new Set([...usual].flatMap(([name, stored]) => (WEIGHT.test(name) ? stored : [])))];
}
