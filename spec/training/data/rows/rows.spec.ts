/** Rows in TRL's formats: read, and refused with file and line. */
import { describe, expect, it } from "vitest";
import { bytesSource, sourceFrom } from "../../../../src/source/byte-source.ts";
import type { DataRow } from "../../../../src/training/data/rows/row.ts";
import { openRows, type RowOptions } from "../../../../src/training/data/rows/row-file.ts";

const source = (text: string) => bytesSource(new TextEncoder().encode(text), "data.jsonl");

async function read(text: string, options: RowOptions = {}): Promise<DataRow[]> {
  const rows: DataRow[] = [];
  for await (const row of openRows(source(text), options)) rows.push(row);
  return rows;
}

const one = async (object: unknown, options?: RowOptions) =>
  (await read(JSON.stringify(object), options))[0];

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
const model = (content: string) => ({ role: "model", content });
const rest = { where: "data.jsonl, line 1", other: {} };

describe("rows", () => {
  it("are texts", async () => {
    expect(await one({ text: "Once.", label: 3 })).toEqual({
      kind: "text",
      text: "Once.",
      where: "data.jsonl, line 1",
      other: { label: 3 },
    });
  });

  it("are conversations, in which an assistant is the model", async () => {
    const messages = [user("Hi"), assistant("Hello"), user("Bye"), model("See you")];
    expect(await one({ messages })).toEqual({
      kind: "messages",
      messages: [user("Hi"), model("Hello"), user("Bye"), model("See you")],
      ...rest,
    });
  });

  it("have messages without a name, an id and a list of no calls", async () => {
    const asked = { ...user("Hi"), name: "Ann", id: 3 };
    const answer = { ...assistant("Hello"), tool_calls: [], function_call: null };
    expect(await one({ messages: [asked, answer] })).toEqual({
      kind: "messages",
      messages: [user("Hi"), model("Hello")],
      ...rest,
    });
  });

  it("are prompts with completions, as texts or as messages", async () => {
    expect(await one({ prompt: "2 + 2 =", completion: " 4" })).toEqual({
      kind: "completion",
      prompt: "2 + 2 =",
      completion: " 4",
      ...rest,
    });
    const row = { prompt: [user("Hi")], completion: [assistant("Hello")] };
    expect(await one(row)).toEqual({
      kind: "completion",
      prompt: [user("Hi")],
      completion: [model("Hello")],
      ...rest,
    });
  });

  it("are preferences, and prompts alone", async () => {
    const row = { prompt: [user("Hi")], chosen: [assistant("Hello")], rejected: [assistant("No")] };
    expect(await one(row)).toEqual({
      kind: "preference",
      prompt: [user("Hi")],
      chosen: [model("Hello")],
      rejected: [model("No")],
      ...rest,
    });
    const { prompt, chosen, rejected } = row;
    const implicit = { chosen: [...prompt, ...chosen], rejected: [...prompt, ...rejected] };
    expect(await one(implicit)).toEqual(await one(row));
    const texts = { chosen: "Tom ran.", rejected: "Tom sat.", margin: 2 };
    const apart = { prompt: "Tom", chosen: " ran.", rejected: " sat." };
    expect(await one(texts)).toEqual({
      ...rest,
      kind: "preference",
      ...apart,
      other: { margin: 2 },
    });
    expect(await one({ prompt: "Hi" })).toEqual({ kind: "prompt", prompt: "Hi", ...rest });
  });

  it("have a system's message before the first of the user, where that is asked for", async () => {
    const messages = [{ role: "system", content: "Be kind." }, user("Hi"), assistant("Hello")];
    const row = await one({ messages }, { system: "before-user" });
    expect(row).toMatchObject({ messages: [user("Be kind.\n\nHi"), model("Hello")] });
    const silent = [{ role: "system", content: "" }, user("Hi"), assistant("Hello")];
    expect(await one({ messages: silent }, { system: "before-user" })).toMatchObject({
      messages: [user("Hi"), model("Hello")],
    });
    await expect(one({ messages })).rejects.toThrow(
      'openRows: data.jsonl, line 1: "messages[0].role" expected "user", got "system"; ' +
        'system: "before-user" puts it before the first message of the user',
    );
  });

  it("may be asked for by kind: a row with more fields is then that", async () => {
    const row = { prompt: "Hi", completion: "Hello", text: "Hi Hello" };
    expect((await one(row)).kind).toBe("completion");
    expect((await one(row, { kind: "text" })).kind).toBe("text");
    await expect(one(row, { kind: "messages" })).rejects.toThrow('the fields "messages"');
  });
});

describe("a row that is none", () => {
  it.each<[string, unknown, string]>([
    ["no object", [1], "expected a JSON object, got an array"],
    ["no fields", {}, "got no fields"],
    [
      "other fields",
      { instruction: "Hi", output: "Hello" },
      'name the fields "prompt" and "completion"',
    ],
    ["a list under another name", { conversations: [] }, 'name the list "messages"'],
    ["no prompt in common", { chosen: [user("a")], rejected: "b" }, "two lists of messages"],
    ["nothing in common", { chosen: "a", rejected: "b" }, '"prompt" expected one, or answers'],
    ["a number for a text", { text: 5 }, '"text" expected a string, got 5'],
    ["no messages", { messages: [] }, "got an empty list"],
    ["a text for messages", { messages: "Hi" }, "expected a list of messages"],
    ["the model first", { messages: [assistant("Hi")] }, '"messages[0].role" expected "user"'],
    [
      "a turn twice",
      { messages: [user("Hi"), user("Ho")] },
      '"messages[1].role" expected "assistant", got "user"',
    ],
    ["a tool", { messages: [user("Hi"), { role: "tool", content: "" }] }, "Gemma 1 knows no tools"],
    [
      "a call of a tool",
      { messages: [user("Hi"), { role: "assistant", content: null, tool_calls: [{ id: "a" }] }] },
      '"messages[1].tool_calls" expected no tools, got [{"id": "a"}]; Gemma 1 knows no tools',
    ],
    [
      "no content",
      { messages: [{ role: "user" }] },
      '"messages[0].content" expected a string, got nothing',
    ],
    [
      "parts",
      { messages: [{ role: "user", content: [{ type: "text" }] }] },
      "join the texts of the parts",
    ],
    [
      "an answer as the last of a prompt",
      { prompt: [user("Hi"), assistant("Ho")], completion: [user("")] },
      '"prompt[1].role" expected a last message of the role "user"',
    ],
    [
      "a completion by the user",
      { prompt: [user("Hi")], completion: [user("Ho")] },
      '"completion[0].role" expected "assistant"',
    ],
    [
      "a text after turns",
      { prompt: [user("Hi")], completion: "Ho" },
      '"completion" expected a list of messages, as prompt is',
    ],
    [
      "the system alone",
      { messages: [{ role: "system", content: "" }] },
      "expected a message of the user, got the system's alone",
    ],
  ])("has %s", async (_, object, message) => {
    const text = `{"text":"fine"}\n\n${JSON.stringify(object)}`;
    const reading = read(text, { system: "before-user" });
    await expect(reading).rejects.toThrow(message);
    await expect(read(text)).rejects.toThrow("openRows: data.jsonl, line 3");
  });

  it("is no JSON, or no UTF-8", async () => {
    await expect(read('{"text": "a"}\n{"text": }')).rejects.toThrow("data.jsonl, line 2");
    await expect(read("[\n")).rejects.toThrow("without a list around them");
    const line = (text: string) => expect(read(`{"text":"a"}\n${text}\n`)).rejects;
    const at = "openRows: data.jsonl, line 2 expected a JSON object, got no JSON: ";
    await line('{"text":"a",}').toThrow(
      `${at}"{\\"text\\":\\"a\\",}"; JSON has no comma behind the last`,
    );
    await line('{"text":"a"},').toThrow("no comma behind the last of a list, or of a line");
    await line('{"text":"a","x":NaN}').toThrow("JSON has no NaN and no Infinity");
    await line("{").toThrow("one object a line, without line breaks in it");
    await line('{"text":"a"}\r{"text":"b"}').toThrow(
      "lines end with a line feed (\\n), not with a",
    );
    await line("{'text':1}").toThrow(`${at}"{'text':1}"`);
    const bytes = Uint8Array.from([0x7b, 0xff, 0x7d]);
    const [rows] = [openRows(bytesSource(bytes, "x"))];
    await expect(rows[Symbol.asyncIterator]().next()).rejects.toThrow("bytes that are not UTF-8");
  });
});

describe("a file of rows", () => {
  it("is read a piece at a time, as far as it is asked for", async () => {
    const line = new TextEncoder().encode(`${JSON.stringify({ text: "x".repeat(1000) })}\n`);
    let read = 0;
    const size = line.length * 5000;
    const large = sourceFrom("test", "large.jsonl", size, async (into, begin) => {
      for (let i = 0; i < into.length; i++) into[i] = line[(begin + i) % line.length];
      read += into.length;
      return into.length;
    });
    const rows = openRows(large, { kind: "text" });
    for await (const { text } of rows) {
      expect(text).toHaveLength(1000);
      break;
    }
    expect(read).toBe(2 ** 20);
    expect(rows.file).toBeUndefined();
    let count = 0;
    for await (const _ of rows) count++;
    expect(count).toBe(5000);
    expect(rows.file?.rows).toBe(5000);
  });

  it("has its hash once it is read, a byte-order mark and all", async () => {
    const rows = openRows(source('\ufeff{"text":"a"}\r\n{"text":"b\u2028"}'));
    const texts: unknown[] = [];
    for await (const row of rows) texts.push(row.kind === "text" && row.text);
    expect(texts).toEqual(["a", "b\u2028"]);
    // printf '\xef\xbb\xbf{"text":"a"}\r\n{"text":"b\xe2\x80\xa8"}' | sha256sum
    expect(rows.file?.sha256).toBe(
      "e2a1738db8a7cb15b6f83593ff25d889d781f2a7c21958877da81c56a38e04cc",
    );
  });

  it("ends with its signal", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(read('{"text":""}', { signal })).rejects.toThrow("enough");
    expect(() => openRows("data.jsonl" as never)).toThrow("bytesSource");
    expect(() => openRows(source(""), { kind: "chat" as never })).toThrow("kind");
  });
});
