/**
 * Exercise `chat`: the turn format, byte for byte (tokenizer/chat-format.ts).
 * @module
 */
import { type Exercise, exercise } from "../exercise.ts";
import type { Turn } from "../parts.ts";

const [START, END] = ["<start_of_turn>", "<end_of_turn>"];

export const chat: Exercise = exercise({
  name: "chat",
  page: 13,
  title: "how a continuation becomes an answer",
  noun: "chat format",
  task: `Write a conversation down as Gemma was trained to read it. A turn is
    <start_of_turn>, its role, a newline, its content, <end_of_turn> and a newline.
    Behind the last turn the model's own is opened: <start_of_turn>model and a
    newline. BOS is not part of the text.`,
  functions: { chatPrompt: ["messages"] },
  hints: [
    "One turn is two lines: marker and role, then content and marker.",
    "Make a text of each message, and join them with nothing between.",
    "Open the model's turn at the end, and do not close it: that is what the model goes on with.",
  ],
  knobs: {
    roleEnds: {
      "with a newline": "",
      "with nothing": "A newline is missing behind the role.",
      "with a blank": "A blank stands behind the role, where a newline should.",
    },
    turnEnds: {
      "with a newline": "",
      "with nothing": "A newline is missing behind <end_of_turn>.",
      "with a newline between turns":
        "The newline behind the last <end_of_turn> is missing: it stands between turns only.",
      "without a marker": "<end_of_turn> is missing: how does the model know that a turn is over?",
    },
    contentEnds: {
      "with nothing": "",
      "with a newline": "There is a newline between the content and <end_of_turn>.",
    },
    content: {
      "to the letter": "",
      trimmed:
        "The content loses blanks and newlines at its ends. Google's code takes it to the letter.",
    },
    model: {
      model: "",
      assistant: "Gemma's word is `model`; `assistant` is that of others.",
    },
    opens: {
      yes: "",
      no: "The model's turn is not opened. Who speaks next?",
      "without a newline": "The newline behind the last `model` is missing.",
      "and closes": "The model's turn is closed before it has begun.",
      "by <end_of_turn>":
        "The model's turn is opened by <end_of_turn>: a misprint of the report. How does every turn begin?",
    },
    bos: {
      no: "",
      "before each turn of the user":
        "<bos> is before each turn of the user. It is a token of its own, put in front of the ids, once.",
      yes: "<bos> is in the text. It is a token of its own, put in front of the ids, and would be there twice.",
    },
  },
  build: ({ roleEnds, turnEnds, contentEnds, content: how, model, opens, bos }) => ({
    chatPrompt(messages) {
      const gap = { "with a newline": "\n", "with nothing": "", "with a blank": " " }[roleEnds];
      const end = {
        "with a newline": `${END}\n`,
        "with nothing": END,
        "with a newline between turns": `${END}\n`,
        "without a marker": "\n",
      }[turnEnds];
      const inner = contentEnds === "with nothing" ? "" : "\n";
      const roles = { user: "user", model };
      const turns = messages.map(({ role, content }) => {
        const before = bos === "before each turn of the user" && role === "user" ? "<bos>" : "";
        const said = how === "trimmed" ? content.trim() : content;
        return `${before}${START}${roles[role]}${gap}${said}${inner}${end}`;
      });
      let text = turns.join("");
      if (turnEnds === "with a newline between turns") text = text.replace(/\n$/, "");
      const open = {
        yes: `${START}${model}${gap}`,
        no: "",
        "without a newline": `${START}${model}`,
        "and closes": `${START}${model}${gap}${END}\n`,
        "by <end_of_turn>": `${END}${model}${gap}`,
      }[opens];
      return `${bos === "yes" ? "<bos>" : ""}${text}${open}`;
    },
  }),
  cases({ tiny }) {
    const ask = (content: string): Turn => ({ role: "user", content });
    return [
      {
        name: "one question",
        given: 'messages = [{ role: "user", content: "Knock knock." }]',
        golden: false,
        calls: [
          {
            where: "",
            args: () => [[ask("Knock knock.")]],
            expected: `${START}user\nKnock knock.${END}\n${START}model\n`,
          },
        ],
      },
      {
        // Gemma Team 2024, arXiv:2403.08295, Table 4
        name: "the report's example",
        given: 'user "Knock knock.", model "Who\'s there?", user "Gemma."',
        golden: false,
        calls: [
          {
            where: "",
            args: () => [
              [ask("Knock knock."), { role: "model", content: "Who's there?" }, ask("Gemma.")],
            ],
            expected: `${START}user\nKnock knock.${END}\n${START}model\nWho's there?${END}\n${START}user\nGemma.${END}\n${START}model\n`,
          },
        ],
      },
      {
        name: "a text that ends in a newline",
        given: 'user "  1, 2, 3\\n"',
        golden: false,
        calls: [
          {
            where: "",
            args: () => [[ask("  1, 2, 3\n")]],
            expected: `${START}user\n  1, 2, 3\n${END}\n${START}model\n`,
          },
        ],
      },
      {
        name: "the prompts that Google's code was given",
        given: "",
        golden: true,
        calls: tiny.greedy
          .filter(({ prompt }) => prompt.startsWith(START))
          .map(({ prompt }) => ({
            where: "",
            given: `one question: "${contentOf(prompt)}"`,
            args: () => [[ask(contentOf(prompt))]],
            expected: prompt,
          })),
      },
    ];
  },
});

/** The question of a prompt of one turn. */
function contentOf(prompt: string): string {
  return prompt.slice(prompt.indexOf("\n") + 1, prompt.indexOf(END));
}
