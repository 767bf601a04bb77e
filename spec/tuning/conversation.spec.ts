import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { CHATML, type ChatFormat, GEMMA_CHAT } from "../../src/tokenizer/chat-format.ts";
import { conversation, type TuningMessage, type TuningRow } from "../../src/tuning/conversation.ts";
import { fixtureFolder } from "../support/files.ts";
import { anyCharacter } from "../support/fuzz.ts";
import { readFixture, readJson } from "../support/goldens.ts";
import { thrownBy } from "../support/thrown-by.ts";

const gemma = await Gemma.load(fixtureFolder("tiny-stories-it"), { backend: "cpu" });
const tokenizer = gemma.tokenizer as NonNullable<typeof gemma.tokenizer>;
const END = tokenizer.endOfTurnId as number;
const NEWLINE = tokenizer.encode("\n");
const user = (content: string): TuningMessage => ({ role: "user", content });
const model = (content: string): TuningMessage => ({ role: "model", content });
const assistant = (content: string): TuningMessage => ({ role: "assistant", content });

/** Without what Python's str.strip cuts, which is not all that JavaScript's trim does, and more. */
function stripped(text: string): string {
  const space =
    "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
  return text.replace(new RegExp(`^${space}|${space}$`, "g"), "");
}

/** The stretches of ids that are learnt. */
function learnt({ ids, mask }: { ids: Int32Array; mask: Uint8Array }): number[][] {
  const runs: number[][] = [];
  mask.forEach((m, t) => {
    if (m === 1 && mask[t - 1] !== 1) runs.push([]);
    if (m === 1) runs.at(-1)?.push(ids[t]);
  });
  return runs;
}

const TALES = new TextDecoder()
  .decode(readFixture("learning/tales/sft-train.jsonl"))
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

describe("conversation", () => {
  it("gives the ids of the goldens: PyTorch's first step began with these", () => {
    const { sft } = readJson<{
      sft: { rows: number[][]; first_ids: number[]; first_prompt_length: number };
    }>("learning/tales/first-steps.json");
    const { ids, mask, promptLength } = conversation(TALES[sft.rows[0][0]], tokenizer);
    expect([...ids]).toEqual(sft.first_ids);
    expect(promptLength).toBe(sft.first_prompt_length);
    expect(mask.indexOf(1)).toBe(promptLength);
    expect(mask.lastIndexOf(1)).toBe(ids.length - 1);
  });

  it("learns the token that ends a turn, and not the newline behind it", () => {
    const row = [user("Hi."), model("Hello."), user("Bye."), assistant("See you.")];
    const example = conversation(row, tokenizer);
    expect(learnt(example)).toEqual([
      [...tokenizer.encode("Hello."), END],
      [...tokenizer.encode("See you."), END],
    ]);
    const end = example.ids.indexOf(END, example.mask.indexOf(1));
    expect(example.ids.slice(end + 1, end + 1 + NEWLINE.length)).toEqual(Int32Array.from(NEWLINE));
    expect(example.mask[end]).toBe(1);
    expect(example.mask[end + 1]).toBe(0);
    expect(example.ids.at(-1)).toBe(END);
  });

  it("learns the last answer, or all tokens behind BOS", () => {
    const row = { messages: [user("Hi."), model("Hello."), user("Bye."), model("See you.")] };
    const last = conversation(row, tokenizer, { trainOn: "last" });
    expect(learnt(last)).toEqual([[...tokenizer.encode("See you."), END]]);
    const all = conversation(row, tokenizer, { trainOn: "all" });
    expect(all.mask[0]).toBe(0);
    expect(learnt(all)).toEqual([[...all.ids.slice(1)]]);
    expect(all.ids).toEqual(last.ids);
  });

  it("asks exactly as the model is asked, with one BOS, whatever is said", () => {
    const said = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.constantFrom(
        "",
        "\n",
        " a ",
        "<bos>",
        "<end_of_turn>\n<start_of_turn>model\n",
        "_of_turn>",
        "\x1cHi.\x85",
        "\ufeffHi.",
      ),
    );
    const formats = fc.constantFrom<ChatFormat>(GEMMA_CHAT, { ...GEMMA_CHAT, trims: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(said, said), { minLength: 1, maxLength: 3 }),
        formats,
        (turns, format) => {
          const row = turns.flatMap(([question, answer]) => [user(question), model(answer)]);
          const { ids, mask, promptLength } = conversation(row, tokenizer, { format });
          // What was answered in the chat so far is in it as the ids that were generated.
          const text = (answer: string) => (format.trims ? stripped(answer) : answer);
          const chat = row.map(({ role, content }) =>
            role === "model"
              ? {
                  role,
                  content: "",
                  ids: text(content)
                    .split(/(?<=<)(?=start_of_turn>|end_of_turn>)/)
                    .flatMap((part) => tokenizer.encode(part)),
                }
              : { role: "user" as const, content },
          );
          const prompt = gemma.encodeChat(chat.slice(0, -1) as never, { format });
          expect([...ids.slice(0, promptLength)]).toEqual(prompt);
          expect(ids.filter((id) => id === gemma.config.bosTokenId).length).toBe(1);
          expect(ids.filter((id, t) => id === END && mask[t] === 1).length).toBe(turns.length);
          expect(mask.reduce((sum, m) => sum + m, 0)).toBe(
            chat.reduce((sum, { ids: own }) => sum + (own ? own.length + 1 : 0), 0),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it("takes BOS, EOS and the number of ids from the model, where it has others", () => {
    const more = tokenizer.vocabSize + 8;
    const own = { bosTokenId: 7, eosTokenId: 9, vocabSize: more };
    const { ids } = conversation({ text: "Hi." }, tokenizer, own);
    expect([ids[0], ids.at(-1)]).toEqual([7, 9]);
    expect(conversation([user("Hi."), model("Hello.")], tokenizer, own).ids[0]).toBe(7);
    const row = [user("Hi."), { role: "model", content: "", ids: [more - 1] } as const];
    expect(conversation(row, tokenizer, own).ids.at(-2)).toBe(more - 1);
    expect(thrownBy(() => conversation(row, tokenizer)).message).toContain(`got ${more - 1}`);
  });

  it("lets a marker within a content count only where it is told to", () => {
    const row = [user("Hi.<end_of_turn>"), model("Hello.<end_of_turn>")];
    const ends = (options: object) =>
      conversation(row, tokenizer, options).ids.filter((id) => id === END).length;
    expect([ends({}), ends({ allowTurnMarkers: true })]).toEqual([2, 4]);
  });

  it("takes an answer as the ids that were generated", () => {
    const ids = [...tokenizer.encode("Hel"), ...tokenizer.encode("lo.")];
    const example = conversation([user("Hi."), { role: "model", content: "", ids }], tokenizer);
    expect(learnt(example)).toEqual([[...ids, END]]);
  });

  it("reads prompt and completion: as messages, of which the completion is learnt, or as mere texts", () => {
    const prompt = [user("Hi."), assistant("Hello."), user("Bye.")];
    const pair = conversation({ prompt, completion: [assistant("See you.")] }, tokenizer);
    expect(pair).toEqual(
      conversation([...prompt, model("See you.")], tokenizer, { trainOn: "last" }),
    );
    const { ids, mask, promptLength } = conversation(
      { prompt: "2 + 2", completion: " is 4" },
      tokenizer,
    );
    const [before, after] = [tokenizer.encode("2 + 2"), tokenizer.encode(" is 4")];
    expect([...ids]).toEqual([tokenizer.bosId, ...before, ...after, tokenizer.eosId]);
    expect(learnt({ ids, mask })).toEqual([[...after, tokenizer.eosId]]);
    expect(promptLength).toBe(1 + before.length);
    const text = conversation({ text: "Once." }, tokenizer);
    expect([...text.ids]).toEqual([tokenizer.bosId, ...tokenizer.encode("Once."), tokenizer.eosId]);
    expect(learnt(text)).toEqual([[...text.ids.slice(1)]]);
  });

  it("puts a system's message before the user's where it is told to", () => {
    const row = [{ role: "system", content: "Be brief." } as const, user("Hi."), model("Hello.")];
    expect(conversation(row, tokenizer, { system: "prepend" })).toEqual(
      conversation([user("Be brief.\n\nHi."), model("Hello.")], tokenizer),
    );
    const prompt = row.slice(0, 2);
    expect(
      conversation({ prompt, completion: [row[2]] }, tokenizer, { system: "prepend" }),
    ).toEqual(conversation([user("Be brief.\n\nHi."), model("Hello.")], tokenizer));
    expect(thrownBy(() => conversation(row, tokenizer)).message).toContain("no system role");
    for (const content of ["", " \n"]) {
      const silent = [{ role: "system", content } as const, user("Hi."), model("Hello.")];
      expect(conversation(silent, tokenizer, { system: "prepend" })).toEqual(
        conversation([user("Hi."), model("Hello.")], tokenizer),
      );
    }
  });

  it("reads the markers in texts without turns as those tokens", () => {
    const [prompt, completion] = [
      "<start_of_turn>user\nHi.<end_of_turn>\n<start_of_turn>model\n",
      "Hello.<end_of_turn>",
    ];
    const { ids } = conversation({ prompt, completion }, tokenizer);
    const turns = conversation([user("Hi."), model("Hello.")], tokenizer).ids;
    expect([...ids]).toEqual([...turns, tokenizer.eosId]);
    const { ids: text } = conversation({ text: prompt + completion }, tokenizer);
    expect(text.filter((id) => id === END).length).toBe(2);
  });

  it("leaves out what else a message has, as openRows does, and refuses calls of tools", () => {
    const asked = { ...user("Hi."), name: "Ann" };
    const answer = { ...assistant("Hello."), tool_calls: [], id: 3 };
    expect(conversation([asked, answer], tokenizer)).toEqual(
      conversation([user("Hi."), model("Hello.")], tokenizer),
    );
    for (const field of ["tool_calls", "function_call", "tool_call_id"]) {
      const calling = { ...answer, [field]: [{ id: "a" }] };
      expect(thrownBy(() => conversation({ messages: [asked, calling] }, tokenizer)).message).toBe(
        `conversation: "messages[1].${field}" expected no tools, got [{"id": "a"}]; ` +
          "Gemma 1 knows no tools: tell it a result in the user's words",
      );
    }
  });

  it("refuses what cannot be learnt from, and says why", () => {
    const refusal = (row: unknown, options = {}) => {
      const error = thrownBy(() => conversation(row as TuningRow, tokenizer, options));
      expect(error).toBeInstanceOf(ArgumentError);
      return error.message;
    };
    expect(refusal([user("Hi.")])).toContain("a last message of the model");
    expect(refusal([])).toContain("a last message of the model");
    expect(refusal([model("Hello.")])).toContain("a message of the user before the last answer");
    expect(refusal([user("a"), model("b"), model("c")])).toContain("the user before the last");
    expect(refusal([user("a"), user("b"), model("c")])).toContain('"model"');
    expect(refusal({ prompt: [user("Hi.")], chosen: [], rejected: [] })).toContain("preferences");
    expect(refusal({ prompt: "a", completion: [model("b")] })).toContain("a text, or messages");
    expect(refusal("Hi.")).toContain("{ prompt, completion }");
    expect(refusal([user("a"), { role: "model", content: 1 }])).toContain("a string");
    expect(refusal([user("a"), { role: "model", content: "", ids: [9e9] }])).toContain("integer");
    expect(refusal(TALES[0], { trainOn: "answer" })).toContain("trainOn");
  });

  it("knows formats of others", () => {
    const error = thrownBy(() => conversation(TALES[0], tokenizer, { format: CHATML }));
    expect(error.message).toContain("<|im_start|>");
  });
});
