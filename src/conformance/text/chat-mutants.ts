/**
 * Mistakes in how a conversation becomes ids, and in what ends an answer.
 * @module
 */
import { endsOfAnswer, type TextMutant } from "./text-mutant.ts";

export const CHAT_MUTANTS: readonly TextMutant[] = [
  {
    id: "tokenizer-double-bos",
    mistake: "BOS comes twice: the template has it, and encoding adds it.",
    fix: "Encode a rendered template without special tokens.",
    seen: "Hugging Face's newer templates, encoded as a text",
    chat: { bos: 2 },
  },
  {
    id: "chat-no-bos",
    mistake: "BOS is missing.",
    fix: "Begin the prompt with BOS, id bos_token_id.",
    seen: "many fine-tuning programs",
    chat: { bos: 0 },
  },
  {
    id: "chat-bos-each-turn",
    mistake: "BOS stands before each turn of the user.",
    fix: "BOS stands once, at the very beginning of a conversation.",
    chat: { bosEachTurn: true },
  },
  {
    id: "chat-no-newline-after-role",
    mistake: "Nothing stands between a role and the content.",
    fix: "A newline follows every role.",
    chat: { behindRole: "" },
  },
  {
    id: "chat-no-newline-after-model",
    mistake: "The prompt ends with the role of the model, without a newline.",
    fix: "A newline follows it too; or the model begins by writing one.",
    chat: { behindLastRole: "" },
  },
  {
    id: "chat-no-newline-after-turn",
    mistake: "Nothing stands between the end of a turn and the next.",
    fix: "A newline follows every <end_of_turn>.",
    chat: { behindTurn: "" },
  },
  {
    id: "chat-space-after-role",
    mistake: "A space stands between a role and the content.",
    fix: "A newline follows every role.",
    chat: { behindRole: " " },
  },
  {
    id: "chat-answer-not-opened",
    mistake: "The prompt ends with the user's turn.",
    fix: "Open the model's turn: <start_of_turn>model and a newline (add_generation_prompt).",
    chat: { opensAnswer: false },
  },
  {
    id: "chat-end-opens-answer",
    mistake: "The model's turn is opened by <end_of_turn>.",
    fix: "Open it by <start_of_turn>, as every turn.",
    seen: "a misprint of the technical report",
    chat: { opening: "end" },
  },
  {
    id: "chat-assistant",
    mistake: 'The model\'s role is called "assistant".',
    fix: 'It is called "model".',
    chat: { roles: { user: "user", model: "assistant" } },
  },
  {
    id: "chat-contents-trimmed",
    mistake: "Contents lose their whitespace at both ends.",
    fix: "Take them to the letter, as Google's own code does.",
    seen: "Hugging Face's template, for all Gemmas; a prompt that ends in a newline differs",
    chat: { content: (content) => content.trim() },
  },
];

export const ANSWER_MUTANTS: readonly TextMutant[] = [
  {
    id: "stop-eos-only",
    mistake: "An answer ends at <eos> alone, and runs on behind <end_of_turn>.",
    fix: "End it at <end_of_turn> too; generation_config.json does not say so.",
    seen: "Hugging Face's generation_config of Gemma 1, Keras's \"auto\"",
    answer: { ends: ({ eosId }) => [eosId] },
  },
  {
    id: "stop-turn-only",
    mistake: "An answer ends at <end_of_turn> alone, and runs on behind <eos>.",
    fix: "End it at <eos> too.",
    answer: { ends: ({ endOfTurnId }) => [endOfTurnId as number] },
  },
  {
    id: "stop-never",
    mistake: "Nothing ends an answer but the limit of tokens.",
    fix: "End it at <eos> and at <end_of_turn>.",
    seen: "google-deepmind/gemma before March 2024",
    answer: { ends: () => [] },
  },
  {
    id: "stop-shows-end",
    mistake: "The token that ends an answer is part of its text.",
    fix: "Leave it out.",
    answer: { showsEnd: true },
  },
  {
    id: "stop-last-dropped",
    mistake: "The last token is taken for an end, also where a limit cut the answer off.",
    fix: "Drop it only if it ends an answer.",
    answer: { dropsLast: true },
  },
  {
    id: "stop-newline",
    mistake: "An answer ends at its first newline.",
    fix: "Newlines are part of an answer.",
    answer: {
      ends: (tokenizer) => [
        ...endsOfAnswer(tokenizer),
        ...tokenizer.vocabulary.model.pieces.flatMap(({ piece }, id) =>
          /^\n+$/.test(piece) ? id : [],
        ),
      ],
    },
  },
];
