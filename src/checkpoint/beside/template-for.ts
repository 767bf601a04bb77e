/**
 * A chat template for a model that came without one, for programs that read it from the model's files: of the turns
 * that this library asks it in.
 * @module
 */
import type { ChatFormat } from "../../tokenizer/chat-format.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { formatOfVocabulary } from "./choose-chat-format.ts";

/** Contents are taken to the letter, as in Google's code and here. Hugging Face's own template trims them. */
function templateOf({ name, start, end, roles, bos }: ChatFormat): string {
  const refusal = `Turns must alternate, user first; ${name} has no system role`;
  const isTurn = "(message['role'] == 'user') != (loop.index0 % 2 == 0)";
  const alternate =
    roles.system === undefined
      ? `{% if ${isTurn} %}{{ raise_exception('${refusal}') }}{% endif %}`
      : "";
  const role =
    roles.model === "assistant"
      ? "message['role']"
      : `('${roles.model}' if message['role'] == 'assistant' else message['role'])`;
  return (
    `${bos ? "{{ bos_token }}" : ""}{% for message in messages %}${alternate}` +
    `{{ '${start}' + ${role} + '\\n' + message['content'] + '${end}\\n' }}{% endfor %}` +
    `{% if add_generation_prompt %}{{ '${start}${roles.model}\\n' }}{% endif %}`
  );
}

/**
 * The template that is written for a checkpoint: its own; that of its turns, where its files do not speak of templates
 * at all and its vocabulary has the markers; or none.
 */
export function chatTemplateFor({
  chatTemplate,
  config,
  tokenizer,
}: Checkpoint): string | undefined {
  if (chatTemplate !== undefined || !tokenizer) return chatTemplate ?? undefined;
  const ids = new Map(tokenizer.model().pieces.map(({ piece }, id) => [piece, id]));
  const format = formatOfVocabulary(config, (piece) => ids.get(piece));
  const isThere = ids.has(format.start) && ids.has(format.end);
  return isThere ? templateOf(format) : undefined;
}
