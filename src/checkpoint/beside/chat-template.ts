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
const spacedAnswer: Message = { role: "assistant", content: "\n b\t" };
const empty: Message = { role: "user", content: "" };

/**
 * The format of `template`; undefined if it is neither Gemma's nor ChatML.
 * @param bos the text of the token that begins a text; a template knows it as `bos_token`.
 * @param eos the text of the one that ends it.
 */
export async function formatOfTemplate(
  template: string,
  bos = "<bos>",
  eos = "<eos>",
): Promise<ChatFormat | undefined> {
  const render = await renderer(template.replaceAll("\r\n", "\n"), bos, eos);
  const first = render?.([user]);
  if (!render || first === undefined) return undefined;
  for (const kind of [GEMMA_CHAT, CHATML]) {
    const { start, end, roles } = kind;
    const turns = `${start}${roles.user}\n${ASK}${end}\n${start}${roles.model}\n`;
    if (!first.endsWith(turns)) continue;
    const before = first.slice(0, first.length - turns.length);
    const hasBos = before.startsWith(bos);
    const turn = before.slice(hasBos ? bos.length : 0);
    const [opening, closing] = [`${start}${roles.system}\n`, `${end}\n`];
    const isTurn = roles.system !== undefined && turn.startsWith(opening) && turn.endsWith(closing);
    if (turn !== "" && !isTurn) continue;
    const { system: systemRole, ...otherRoles } = roles;
    const takesSystem = systemRole !== undefined && render([system, user]) !== undefined;
    const trims = render([spaced])?.endsWith(turns.replace(ASK, spaced.content.trim()));
    const format: ChatFormat = {
      ...kind,
      bos: hasBos,
      roles: takesSystem ? roles : otherRoles,
      ...(isTurn && { defaultSystem: turn.slice(opening.length, turn.length - closing.length) }),
      ...(trims && { trims }),
    };
    if (!writes(render, format, bos)) continue;
    // Gemma's first template left BOS to the tokenizer, which put it there; without it the model is lost.
    return kind === GEMMA_CHAT ? { ...format, bos: true } : format;
  }
  return undefined;
}

type Render = (messages: readonly Message[]) => string | undefined;

/** Whether the template writes what this library would. */
function writes(render: Render, format: ChatFormat, bos: string): boolean {
  const long = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? user : assistant));
  const conversations = [
    [user],
    [spaced],
    [empty],
    [user, assistant, user],
    [user, spacedAnswer, user, assistant, spaced],
    [...long, user],
  ];
  const all = format.roles.system
    ? conversations.flatMap((messages) => [
        messages,
        [system, ...messages],
        [{ ...system, content: " \n c " }, ...messages],
      ])
    : conversations;
  return all.every((messages) => {
    const ours = messages.map(({ role, content }) => ({
      role: role === "assistant" ? ("model" as const) : role,
      content,
    }));
    return render(messages) === (format.bos ? bos : "") + chatPrompt(ours, { format });
  });
}

/** Runs the template, which then asks for the model's turn; undefined where it refuses the messages. */
async function renderer(template: string, bos: string, eos: string): Promise<Render | undefined> {
  if (template.length > MAX_LENGTH) return undefined;
  const { parse, Template, tokenize } = await import("@huggingface/jinja");
  try {
    if (!isBounded(parse(tokenize(template)))) return undefined;
  } catch {
    return undefined; // not Jinja, or nested too deep
  }
  return (messages) => {
    const tokens = { bos_token: bos, eos_token: eos };
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
    ["KeywordArgumentExpression"],
  ),
);
/** Filters, methods and functions that make nothing longer. */
const CALLS = new Set(
  ["trim", "length", "first", "last", "lower", "upper", "strip", "raise_exception"].concat([
    "default",
    "string",
    "namespace",
    "startswith",
    "endswith",
  ]),
);

interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly [child: string]: unknown;
}

/** The nodes below, in order. */
function below(node: Node): Node[] {
  const { operator: _, ...rest } = node; // a sign, which is no node
  const children = Object.values(rest).flat();
  return children.filter(
    (child): child is Node => typeof (child as Node | null)?.type === "string",
  );
}

function within(node: Node): Node[] {
  return [node, ...below(node).flatMap(within)];
}

/**
 * Whether a program ends soon, whatever it says: loops do not stand in loops, what is put together and kept is not put
 * together again, and no function is called but those of a few lines. What is done with tools is not looked at: there
 * are none.
 */
function isBounded(program: unknown): boolean {
  const kept: { readonly name: string; readonly parts: Node[] }[] = [];
  const isFine = (node: Node, inLoop: boolean): boolean => {
    const { type } = node;
    if (!NODES.has(type)) return false;
    if (type === "For" && inLoop) return false;
    if (type === "FilterExpression" && !CALLS.has(nameOf(node.filter))) return false;
    if (type === "CallExpression" && !CALLS.has(nameOf(node.callee))) return false;
    if (type === "Set") {
      const { assignee, value, body } = node as unknown as {
        assignee: Node;
        value: Node;
        body: [];
      };
      if (body.length > 0) return false;
      const parts = within(value);
      if (parts.some(isJoining)) kept.push({ name: rootOf(assignee), parts });
    }
    if (type === "If" && isAboutTools(node.test as Node)) {
      return (node.alternate as Node[]).every((child) => isFine(child, inLoop));
    }
    return below(node).every((child) => isFine(child, inLoop || type === "For"));
  };
  if (!isFine(program as Node, false)) return false;
  const names = new Set(kept.map(({ name }) => name));
  return kept.every(({ parts }) =>
    parts.every(({ type, value }) => type !== "Identifier" || !names.has(String(value))),
  );
}

function isJoining(node: Node): boolean {
  const { value } = (node.operator ?? {}) as { readonly value?: unknown };
  return value === "+" || value === "~";
}

/** `tools`, `tools is defined`, and either `and` more. */
function isAboutTools({ type, value, operator, left, operand, negate, test }: Node): boolean {
  if (type === "Identifier") return value === "tools" || value === "documents";
  if (type === "TestExpression") {
    const isDefined = negate === false && (test as Node).value === "defined";
    return isDefined && isAboutTools(operand as Node);
  }
  const sign = (operator as { readonly value?: unknown } | undefined)?.value;
  return type === "BinaryExpression" && sign === "and" && isAboutTools(left as Node);
}

/** The name whose value changes: `ns` of `ns.text`. */
function rootOf(node: Node): string {
  return node.type === "MemberExpression" ? rootOf(node.object as Node) : String(node.value);
}

/** `trim` for both `trim` and `text.trim`, and for `trim(1)`. */
function nameOf(callee: unknown): string {
  const { type, value, property, callee: inner } = callee as Node & { property?: Node };
  return type === "CallExpression" ? nameOf(inner) : String(property?.value ?? value);
}
