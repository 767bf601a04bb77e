/**
 * A fine-tune in ChatML, with tokens that were added: is the GGUF file that we write of it the same model to llama.cpp?
 * The ids of all texts of fixtures/tokenizer, with and without special tokens in them; the chat prompt that llama.cpp's
 * template engine makes of the template in the file; the greedy text, and the token that ends it.
 *
 *     (cd bench/peers && npm install) && npx tsx bench/peers/llama-cpp-tuned.ts
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHATML_TOKENS, tokenizerJson, tuned } from "../../spec/support/files/tuned.ts";
import { goldens } from "../../spec/support/tokenizer-fixture.ts";
import { whole } from "../../spec/support/whole.ts";
import { writeGguf } from "../../src/checkpoint/gguf/write.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { Gemma } from "../../src/gemma.ts";
import { filesFolder } from "../../src/source/folder.ts";

const CHATML =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

const peer = "node-llama-cpp"; // a variable, so that this compiles without it
const { getLlama, LlamaLogLevel, JinjaTemplateChatWrapper } = await import(peer);
const llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error });

const files = await tuned({
  // The markers get the rows of Gemma's own, so that the model understands them.
  rows: [10, 11],
  config: { eos_token_id: 1025 },
  files: {
    "tokenizer.json": tokenizerJson(CHATML_TOKENS),
    "tokenizer_config.json": { bos_token: "<bos>", eos_token: "<|im_end|>", chat_template: CHATML },
  },
});
const scratch = mkdtempSync(join(tmpdir(), "llama-cpp-"));
const path = join(scratch, "tuned.gguf");
writeFileSync(
  path,
  await whole(writeGguf(await openCheckpoint(filesFolder(files)), { type: "F32" })),
);

const gemma = await Gemma.load(filesFolder(files));
const again = await Gemma.load(path);
const model = await llama.loadModel({ modelPath: path });
const wrong: string[] = [];
const same = (what: string, ours: unknown, theirs: unknown) => {
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
  wrong.push(`${what}: ours ${JSON.stringify(ours)}, theirs ${JSON.stringify(theirs)}`);
};

const texts = [
  ...goldens().encode.map(({ text }) => text),
  "<|im_start|>user\nHi<|im_end|>\n",
  "a<|im_end|>b<bos><eos>",
].filter((text) => text !== "");
for (const text of texts) {
  same(
    `special ${JSON.stringify(text)}`,
    gemma.tokenizer?.encode(text, { special: true }),
    model.tokenize(text, true),
  );
  same(
    `read back ${JSON.stringify(text)}`,
    again.tokenizer?.encode(text),
    gemma.tokenizer?.encode(text),
  );
}
console.log(`${texts.length} texts`);

for (const question of ["What is 3 plus 4?", "Tell me a story about Mira the fox."]) {
  const ids = gemma.encodeChat([{ role: "user", content: question }]);
  const wrapper = new JinjaTemplateChatWrapper({
    template: model.fileInfo.metadata.tokenizer.chat_template,
  });
  const { contextText } = wrapper.generateContextState({
    chatHistory: [
      { type: "user", text: question },
      { type: "model", response: [""] },
    ],
  });
  same("chat prompt", ids, contextText.tokenize(model.tokenizer));
  const generation = gemma.generate(ids, { maxTokens: 80 });
  const ours = await generation.text();
  const context = await model.createContext({ contextSize: 256, threads: 1 });
  const answer: number[] = [];
  let end: number | undefined;
  for await (const token of context
    .getSequence()
    .evaluate(ids, { temperature: 0, yieldEogToken: true })) {
    if (model.isEogToken(token)) end = token;
    if (end !== undefined || answer.push(token) === 80) break;
  }
  await context.dispose();
  same("greedy text", ours, model.detokenize(answer));
  same("end", generation.stopReason, end);
  console.log(`${question} → ${ours} (${generation.finishReason}, ${generation.stopReason})`);
}
await gemma.dispose();
await again.dispose();
await model.dispose();
rmSync(scratch, { recursive: true });
for (const line of wrong.slice(0, 20)) console.log(`DIFFERS ${line}`);
console.log(wrong.length === 0 ? "all the same" : `${wrong.length} differences`);
process.exit(wrong.length > 0 ? 1 : 0);
