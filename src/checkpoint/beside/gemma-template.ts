/**
 * Gemma's turns (tokenizer/chat-format.ts) as a chat template, for programs that read them from the model's files.
 * @module
 */
import type { Checkpoint } from "../checkpoint.ts";

/** Contents are taken to the letter, as in Google's code and here. Hugging Face's own template trims them. */
const GEMMA_TEMPLATE =
  "{{ bos_token }}{% for message in messages %}" +
  "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}" +
  "{{ raise_exception('Turns must alternate, user first; Gemma has no system role') }}{% endif %}" +
  "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\\n'" +
  " + message['content'] + '<end_of_turn>\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}";

/**
 * The template that is written for a checkpoint: its own; Gemma's, where its files do not speak of templates at all
 * and its vocabulary has the markers; or none.
 */
export function chatTemplateFor({ chatTemplate, tokenizer }: Checkpoint): string | undefined {
  if (chatTemplate !== undefined || !tokenizer) return chatTemplate ?? undefined;
  const texts = new Set(["<start_of_turn>", "<end_of_turn>"]);
  for (const { piece } of tokenizer.model().pieces) texts.delete(piece);
  return texts.size === 0 ? GEMMA_TEMPLATE : undefined;
}
