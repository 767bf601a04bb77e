/**
 * The other side of the protocol: answering for a testee that is an object here.
 * @module
 */
import { brief } from "../../brief.ts";
import { UnsupportedError } from "../../errors.ts";
import type { TapName } from "../../model/taps.ts";
import { isObject } from "../../source/json.ts";
import type { OpCall } from "../engine/run-op.ts";
import type { ChatMessage, Outputs, Testee } from "../run/testee.ts";
import type { SuiteModel } from "../vectors/suite.ts";
import { decodeArray } from "./decode-array.ts";
import type { Request } from "./messages.ts";
import { encodeArray, type WireArray } from "./wire-array.ts";

/** What lies on disk. */
export interface Disk {
  /** A model of which its name and its folder are known. */
  openModel(name: string, path: string): Promise<SuiteModel>;
  readFile(path: string): Promise<Uint8Array>;
}

/**
 * What `testee` answers to a request, as it is sent back.
 * @param request the parsed line.
 */
export async function answerTo(
  testee: Testee,
  request: unknown,
  disk: Disk,
): Promise<Readonly<Record<string, unknown>>> {
  const seq = isObject(request) ? (request.seq ?? null) : null;
  try {
    if (!isObject(request)) throw new Error(`expected a request, got ${brief(request)}`);
    return { seq, ...(await answered(testee, request as unknown as Request, disk)) };
  } catch (error) {
    const { op, message } = error as Partial<UnsupportedError>;
    const said = message ?? String(error);
    if (!(error instanceof UnsupportedError)) return { seq, error: said };
    return { seq, skip: said.replace(`${op}: `, "") };
  }
}

async function answered(testee: Testee, request: Request, disk: Disk): Promise<object> {
  const missing = () => new UnsupportedError({ op: request.do, hint: "not done by this testee" });
  switch (request.do) {
    case "hello":
      if (request.tokenizer !== undefined) await tokenizerFrom(testee, request.tokenizer, disk);
      return testee.info;
    case "load":
      await testee.load(await disk.openModel(request.model, request.path));
      return {};
    case "reset":
      await testee.reset();
      return {};
    case "forward": {
      const { ids, pos, taps } = request;
      return sent(await testee.forward({ ids, pos }, taps), taps);
    }
    case "op":
      if (!testee.op) throw missing();
      return sent(await testee.op(callOf(request)), request.taps);
    case "tokenizer":
      if (!testee.loadTokenizer) throw missing();
      await tokenizerFrom(testee, request.path, disk);
      return {};
    case "encode":
      if (!testee.encode) throw missing();
      return { ids: Array.from(await testee.encode(request.text)) };
    case "decode":
      if (!testee.decode) throw missing();
      return { text: await testee.decode(request.ids) };
    case "chat":
      if (!testee.encodeChat) throw missing();
      return { ids: Array.from(await testee.encodeChat(request.messages as ChatMessage[])) };
    case "answer":
      if (!testee.answer) throw missing();
      return { text: await testee.answer(request.ids) };
    default:
      throw missing();
  }
}

async function tokenizerFrom(testee: Testee, path: string, disk: Disk): Promise<void> {
  await testee.loadTokenizer?.(path, await disk.readFile(path));
}

function callOf({ op, attrs, inputs }: Extract<Request, { do: "op" }>): OpCall {
  const arrays = Object.entries<WireArray>(inputs).map(([name, array]) => {
    return [name, decodeArray("op", `inputs.${name}`, array, array.shape)] as const;
  });
  return { op, attrs, inputs: new Map(arrays) };
}

/** The outputs that were asked for, of those that there are. */
function sent(outputs: Outputs, asked: readonly (TapName | string)[]): object {
  const taps: Record<string, WireArray> = {};
  for (const [name, array] of outputs) {
    if (asked.includes(name)) taps[name] = encodeArray(array);
  }
  return { taps };
}
