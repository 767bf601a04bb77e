/**
 * Templates as models are published with, in the forms that their makers write. What a template asks for is rendered
 * by Jinja itself, by its own words: never by the formats under test.
 */
import { Template } from "@huggingface/jinja";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatOfTemplate } from "../../../src/checkpoint/beside/chat-template.ts";
import { type ChatMessage, chatPrompt } from "../../../src/tokenizer/chat-format.ts";

const TURN = "'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'";
const ASK = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
const DEFAULT_FALSE =
  "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}";
const ALTERNATE =
  "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}";
const GEMMA_TURNS =
  "{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}";
const GEMMA_ASK = "{% if add_generation_prompt %}{{'<start_of_turn>model\\n'}}{% endif %}";
const NO_SYSTEM =
  "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}";

const TEMPLATES: Readonly<Record<string, readonly [template: string, expected: object]>> = {
  "ChatML without BOS": [
    `{% for message in messages %}{{${TURN}}}{% endfor %}${ASK}`,
    { name: "ChatML", bos: false, roles: { system: "system" } },
  ],
  "ChatML with BOS where the first turn is known": [
    `{% if messages[0]['role'] == 'user' or messages[0]['role'] == 'system' %}{{ bos_token }}{% endif %}{% for message in messages %}{{ ${TURN} }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% elif messages[-1]['role'] == 'assistant' %}{{ eos_token }}{% endif %}`,
    { name: "ChatML", bos: true, roles: { system: "system" } },
  ],
  "ChatML that asks only when told": [
    `${DEFAULT_FALSE}{% for message in messages %}{{${TURN}}}{% endfor %}${ASK}`,
    { name: "ChatML", bos: false },
  ],
  "ChatML over several lines, with dots": [
    `{{- bos_token -}}\n{%- for message in messages %}\n    {{- '<|im_start|>' ~ message.role ~ '\\n' ~ message.content ~ '<|im_end|>' }}\n    {{- '\\n' }}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}`,
    { name: "ChatML", bos: true },
  ],
  "ChatML with a default of the system": [
    `{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}{% endif %}{{${TURN}}}{% endfor %}${ASK}`,
    { name: "ChatML", bos: false, defaultSystem: "You are a helpful assistant." },
  ],
  "ChatML role by role": [
    `{% for message in messages %}{% if message['role'] == 'user' %}{{'<|im_start|>user\\n' + message['content'] + '<|im_end|>\\n'}}{% elif message['role'] == 'assistant' %}{{'<|im_start|>assistant\\n' + message['content'] + '<|im_end|>\\n' }}{% else %}{{ '<|im_start|>system\\n' + message['content'] + '<|im_end|>\\n' }}{% endif %}{% endfor %}${ASK}`,
    { name: "ChatML" },
  ],
  "ChatML without a system": [
    `${NO_SYSTEM}{% for message in messages %}{{${TURN}}}{% endfor %}${ASK}`,
    { name: "ChatML", roles: { user: "user" } },
  ],
  "ChatML that trims": [
    `{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'].strip() + '<|im_end|>' + '\\n'}}{% endfor %}${ASK}`,
    { name: "ChatML", trims: true },
  ],
  "ChatML with a part for tools": [
    `{% if tools %}{{ tools | tojson(indent=4) }}{% for a in tools %}{% for b in a %}{% endfor %}{% endfor %}{% endif %}{% set ns = namespace(seen=false) %}{% for message in messages %}{{${TURN}}}{% set ns.seen = true %}{% endfor %}${ASK}`,
    { name: "ChatML" },
  ],
  "Gemma's, as on Hugging Face": [
    `{{ bos_token }}${NO_SYSTEM}{% for message in messages %}${ALTERNATE}${GEMMA_TURNS}{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}${GEMMA_ASK}`,
    { name: "Gemma", bos: true, trims: true, roles: { user: "user" } },
  ],
  "Gemma's, without BOS": [
    `{% for message in messages %}${ALTERNATE}${GEMMA_TURNS}{{ '<start_of_turn>' + role + '\\n' + message['content'] + '<end_of_turn>\\n' }}{% endfor %}${GEMMA_ASK}`,
    { name: "Gemma", bos: true }, // all the same: it was left to the tokenizer
  ],
  "Gemma's, with BOS spelt out": [
    `<bos>{% for message in messages %}{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else 'user') + '\\n' + message['content'] + '<end_of_turn>\\n' }}{% endfor %}{{ '<start_of_turn>model\\n' }}`,
    { name: "Gemma", bos: true },
  ],
};

const content = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(" a\n", "", "<|im_end|>", "{{ x }}"),
);
const conversation = fc
  .tuple(fc.option(content), fc.array(fc.tuple(content, content), { maxLength: 3 }), content)
  .map(([system, turns, last]) => ({
    system,
    turns: [
      ...turns.flatMap(([q, a]) => [["user", q] as const, ["model", a] as const]),
      ["user", last] as const,
    ],
  }));

describe.each(Object.entries(TEMPLATES))("%s", (title, [template, expected]) => {
  it("is recognised, and written as Jinja writes it", async () => {
    const format = await formatOfTemplate(template);
    expect(format).toMatchObject(expected);
    expect(format?.roles.system !== undefined).toBe(!/Gemma|without a system/.test(title));
    if (!format) return;
    fc.assert(
      fc.property(conversation, ({ system, turns }) => {
        const first: ChatMessage[] =
          system !== null && format.roles.system ? [{ role: "system", content: system }] : [];
        const messages = [...first, ...turns.map(([role, text]) => ({ role, content: text }))];
        const theirs = messages.map(({ role, content }) => ({
          role: role === "model" ? "assistant" : role,
          content,
        }));
        const tokens = { bos_token: "<bos>", eos_token: "<eos>", add_generation_prompt: true };
        const rendered = new Template(template).render({ ...tokens, messages: theirs });
        const bos = format.bos && title !== "Gemma's, without BOS" ? "<bos>" : "";
        expect(bos + chatPrompt(messages, { format })).toBe(rendered);
      }),
      { numRuns: 60 },
    );
  });
});

const CHATML = TEMPLATES["ChatML without BOS"][0];

it("lines of Windows are lines", async () => {
  const lines = CHATML.replaceAll("%}", "%}\r\n");
  expect(await formatOfTemplate(lines)).toMatchObject({ name: "ChatML", bos: false });
});

it("a template knows the tokens that begin and end a text by their names", async () => {
  const named = CHATML.replaceAll("'<|im_start|>", "bos_token + '").replaceAll(
    "'<|im_end|>'",
    "eos_token",
  );
  expect(await formatOfTemplate(named)).toBeUndefined();
  const format = await formatOfTemplate(named, "<|im_start|>", "<|im_end|>");
  expect(format).toMatchObject({ name: "ChatML", bos: false });
});

it.each<[string, string]>([
  [
    "Llama's turns",
    "{% for message in messages %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% endfor %}",
  ],
  ["Zephyr's turns", CHATML.replaceAll("<|im_start|>", "<|").replaceAll("<|im_end|>", "</s>")],
  [
    "another separator",
    CHATML.replaceAll("'\\n' + message['content']", "'<|im_sep|>' + message['content']"),
  ],
  ["another name of the model", CHATML.replace("assistant", "model")],
  ["no newline after a turn", CHATML.replace(" + '\\n'}}", "}}")],
  ["an end after the prompt", `${CHATML}{{ eos_token }}`],
  ["a prompt that never asks", CHATML.replace(ASK, "")],
  ["contents in capitals", CHATML.replace("message['content']", "message['content'].upper()")],
  ["contents that are cut", CHATML.replace("message['content']", "message['content'][:20]")],
  ["only the last message", CHATML.replace("in messages", "in messages[-1:]")],
  [
    "the model's answers left out",
    CHATML.replace(
      "{{'<|im_start|>'",
      "{% if message['role'] == 'assistant' %}{% continue %}{% endif %}{{'<|im_start|>'",
    ),
  ],
  ["nothing", ""],
  ["no Jinja", "{% for %}"],
  ["other braces", "{{ bos_token "],
])("%s is another format", async (_, template) => {
  expect(await formatOfTemplate(template)).toBeUndefined();
});

/** Behind each stands ChatML: run, they would be recognised, if they ended. */
it.each<[string, string]>([
  ["a loop in a loop", "{% for a in messages %}{% for b in messages %}{% endfor %}{% endfor %}"],
  ["a loop over a billion", "{% for a in range(1000000000) %}{% endfor %}"],
  ["a text that doubles", "{% set a = 'xx' %}{% set a = a + a %}{% set a = a ~ a %}"],
  ["two texts that double each other", "{% set a = b ~ b %}{% set b = a ~ a %}"],
  ["a text that grows in a namespace", "{% set n = namespace(t='') %}{% set n.t = n.t + 'xx' %}"],
  [
    "what is done without tools",
    "{% if tools is undefined %}{% for a in range(9) %}{% endfor %}{% endif %}",
  ],
  ["a block that is kept", "{% set a %}{{ bos_token }}{% endset %}"],
  ["a function of its own", "{% macro f(x) %}{{ f(x) }}{% endmacro %}"],
  ["a filter that makes more", "{% if bos_token | replace('b', 'bbbb') == '' %}{% endif %}"],
  ["nesting without end", `{% if ${"(".repeat(4000)}1${")".repeat(4000)} == 2 %}{% endif %}`],
  ["a megabyte", `{# ${"x".repeat(2 ** 20)} #}`],
])("%s is not run", async (_, begin) => {
  expect(await formatOfTemplate(begin + CHATML)).toBeUndefined();
});
