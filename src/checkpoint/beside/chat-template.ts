/**
 * Which of the formats in tokenizer/chat-format.ts a chat template writes.
 *
 * A template is a program, in Jinja, and one format is written in many ways. So it is not compared but run, on
 * conversations made for this, by the engine that Hugging Face's own JavaScript runs templates with. It comes from a
 * file that nobody has looked at: a program that could run long, or make long texts, is not run.
 * @module
 */
import { CHATML, type ChatFormat, chatPrompt, GEMMA_CHAT } from "../../tokenizer/chat-format.ts";

/** Longer than any template of a Gemma 1. */
const MAX_LENGTH = 2 ** 13;
const BOS = "<bos>";

/** As templates know them: the model is called the assistant. */
interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** Contents that a template must neither cut nor escape. */
const ASK = `Why <b>not</b> {{ "ask" }} & 'go\\n'?`;
const user: Message = { role: "user", content: ASK };
const assistant: Message = { role: "assistant", content: "1\n\n2 <unused0>" };
const system: Message = { role: "system", content: "Be brief." };
const spaced: Message = { role: "user", content: " \n a " };

/** The format of `template`; undefined if it is neither Gemma's nor ChatML. */
export async function formatOfTemplate(template: string): Promise<ChatFormat | undefined> {
  const render = await renderer(template);
  const first = render?.([user]);
  if (!render || first === undefined) return undefined;
  for (const kind of [GEMMA_CHAT, CHATML]) {
    const { start, end, roles } = kind;
    const turns = `${start}${roles.user}\n${ASK}${end}\n${start}${roles.model}\n`;
    if (!first.endsWith(turns)) continue;
    const before = first.slice(0, first.length - turns.length);
    const bos = before.startsWith(BOS);
    const turn = before.slice(bos ? BOS.length : 0);
    const [opening, closing] = [`${start}${roles.system}\n`, `${end}\n`];
    const isTurn = roles.system !== undefined && turn.startsWith(opening) && turn.endsWith(closing);
    if (turn !== "" && !isTurn) continue;
    const { system: systemRole, ...otherRoles } = roles;
    const takesSystem = systemRole !== undefined && render([system, user]) !== undefined;
    const trims = render([spaced])?.endsWith(turns.replace(ASK, spaced.content.trim()));
    const format: ChatFormat = {
      ...kind,
      bos,
      roles: takesSystem ? roles : otherRoles,
      ...(isTurn && { defaultSystem: turn.slice(opening.length, turn.length - closing.length) }),
      ...(trims && { trims }),
    };
    if (writes(render, format)) return format;
  }
  return undefined;
}

type Render = (messages: readonly Message[]) => string | undefined;

/** Whether the template writes what this library would. */
function writes(render: Render, format: ChatFormat): boolean {
  const conversations = [
    [user],
    [spaced],
    [user, assistant, user],
    [user, assistant, user, assistant, spaced],
  ];
  const all = format.roles.system
    ? conversations.flatMap((messages) => [messages, [system, ...messages]])
    : conversations;
  return all.every((messages) => {
    const ours = messages.map(({ role, content }) => ({
      role: role === "assistant" ? ("model" as const) : role,
      content,
    }));
    return render(messages) === (format.bos ? BOS : "") + chatPrompt(ours, { format });
  });
}

/** Runs the template, which then asks for the model's turn; undefined where it refuses the messages. */
async function renderer(template: string): Promise<Render | undefined> {
  if (template.length > MAX_LENGTH) return undefined;
  const { parse, Template, tokenize } = await import("@huggingface/jinja");
  try {
    if (!isBounded(parse(tokenize(template)))) return undefined;
  } catch {
    return undefined; // not Jinja, or nested too deep
  }
  return (messages) => {
    const tokens = { bos_token: BOS, eos_token: "<eos>" };
    try {
      return new Template(template).render({ ...tokens, messages, add_generation_prompt: true });
    } catch {
      return undefined;
    }
  };
}

const NODES = new Set(
  ["Program", "Comment", "If", "For", "Set", "Ternary", "SelectExpression"].concat(
    ["Identifier", "StringLiteral", "IntegerLiteral", "MemberExpression", "SliceExpression"],
    ["UnaryExpression", "BinaryExpression", "TestExpression", "FilterExpression", "CallExpression"],
  ),
);
/** Filters and methods that make nothing longer. */
const CALLS = new Set([
  "trim",
  "length",
  "first",
  "last",
  "lower",
  "upper",
  "strip",
  "raise_exception",
]);

/**
 * Whether a program ends soon, whatever it says: loops do not stand in loops, nothing is put together and kept, and
 * no function is called but those of a few lines.
 */
function isBounded(node: unknown, inLoop = false, inSet = false): boolean {
  if (typeof node !== "object" || node === null) return true;
  if (Array.isArray(node)) return node.every((child) => isBounded(child, inLoop, inSet));
  const { type, operator, ...rest } = node as Record<string, unknown>;
  if (typeof type !== "string" || !NODES.has(type)) return false;
  if (type === "For" && inLoop) return false;
  if (type === "Set" && (rest.body as unknown[]).length > 0) return false;
  const sign = (operator as { value?: unknown } | undefined)?.value;
  if (inSet && (sign === "+" || sign === "~")) return false;
  if (type === "FilterExpression" && !CALLS.has(nameOf(rest.filter))) return false;
  if (type === "CallExpression" && !CALLS.has(nameOf(rest.callee))) return false;
  return Object.values(rest).every((child) =>
    isBounded(child, inLoop || type === "For", inSet || type === "Set"),
  );
}

/** `trim` for both `trim` and `text.trim`. */
function nameOf(callee: unknown): string {
  const { value, property } = callee as { value?: unknown; property?: { value?: unknown } };
  return String(property?.value ?? value);
}
