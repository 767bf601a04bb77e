/**
 * A testee that repeats on stderr what it is asked, and where: `node echo-testee.mjs [WEIGHTS [one]]`. Its numbers are
 * all 0, its taps have the goldens' names where they have one. It ends when it is fed the id 13, or encodes nothing.
 * `one`: it takes no other tokenizer.
 */
import { createInterface } from "node:readline";

const [weights, tokenizers] = process.argv.slice(2);
console.error(JSON.stringify({ cwd: process.cwd(), variable: process.env.ECHO_TESTEE }));
let config;
const rows = (L, columns) => Array.from({ length: L }, () => new Array(columns).fill(0));
const ANSWERS = {
  hello: () => ({ name: "echo", version: "1", accuracy: "f16", device: "paper", weights }),
  load(request) {
    config = request.config;
    return {};
  },
  reset: () => ({}),
  forward({ ids, taps, golden }) {
    if (ids.includes(13)) process.exit(13);
    const named = taps.map((tap, i) => [golden[i] ?? tap, rows(ids.length, config.vocab_size)]);
    return { taps: Object.fromEntries(named) };
  },
  op: ({ inputs }) => ({ taps: { out: inputs.x } }),
  tokenizer: ({ path }) => (tokenizers === "one" ? { skip: "one is enough" } : { path }),
  answer: ({ ids }) => ({ text: ids.slice(0, 1).join() }),
  encode: ({ text }) => (text === "" ? process.exit(1) : { ids: [text.length] }),
  decode: ({ ids }) => ({ text: ids.join("+") }),
  chat: ({ messages }) => ({ ids: messages.map(({ content }) => content.length) }),
};

for await (const text of createInterface({ input: process.stdin })) {
  const { seq, ...request } = JSON.parse(text);
  console.error(JSON.stringify(request));
  if (request.do === "bye") break;
  console.log(JSON.stringify({ seq, ...ANSWERS[request.do](request) }));
}
