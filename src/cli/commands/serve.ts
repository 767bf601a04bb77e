/**
 * `serve`: a model behind OpenAI's API, for evaluation harnesses and chat clients.
 * @module
 */

import type { Gemma } from "../../gemma.ts";
import { isLoopback } from "../../node/serve/http/guard.ts";
import { type GemmaServer, serve } from "../../node/serve/serve.ts";
import { onAbort } from "../../signals.ts";
import { type Command, integerOption, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { withGemma } from "../open-model.ts";
import { MODEL_OPTIONS, modelChoice } from "../options/model.ts";

const options = {
  port: {
    type: "string",
    value: "N",
    help: "Port to listen on; 0 is any that is free (default: 8080)",
  },
  host: {
    type: "string",
    value: "NAME",
    help: "Address to listen on (default: 127.0.0.1, no other machine)",
  },
  key: { type: "string", value: "KEY", help: "What clients must send: authorization: Bearer KEY" },
  cors: {
    type: "string",
    multiple: true,
    value: "ORIGIN",
    help: 'Origin of web pages that may ask; "*" is all',
  },
  queue: {
    type: "string",
    value: "N",
    help: "Most requests that are answered or wait (default: 128)",
  },
  parallel: { type: "string", value: "N", help: "Most texts under way at once (default: 8)" },
  context: {
    type: "string",
    value: "N",
    help: "Most tokens of a prompt and its answer (default: all)",
  },
  name: {
    type: "string",
    value: "NAME",
    help: "What the model is called (default: as --model ends)",
  },
  ...MODEL_OPTIONS,
  adapter: {
    type: "string",
    multiple: true,
    value: "DIR",
    help: "LoRA of all answers; NAME=DIR: of requests of that model",
  },
} as const;

export const serveCommand: Command = {
  name: "serve",
  summary: "Serve a model by OpenAI's API, to harnesses and chat clients",
  usage: ["[OPTIONS]"],
  description: `
    POST /v1/completions (with echo and logprobs), /v1/chat/completions, /tokenize, /detokenize; GET
    /v1/models, /tokenizer_info, /health. What it cannot do is refused, and never ignored. Ctrl-C lets answers
    come to their ends; a second one ends at once. With --json, the address is one line
    {url, port, name}.`,
  options,
  examples: [
    "serve --model gemma-2b",
    "serve --model gemma-2b-it --port 8000 --cors http://localhost:3000",
    "serve --model gemma-2b-it --host 0.0.0.0 --key secret",
    "serve --model gemma-2b-it --adapter poet=./poet --adapter coder=./coder",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    if (positionals.length > 0) {
      throw new UsageError(`unexpected argument "${positionals[0]}"; the model is --model MODEL`);
    }
    const { inUse, byName } = adaptersOf(values.adapter);
    const model = { ...values, adapter: inUse };
    modelChoice(model);
    const name = values.name ?? nameOf(values.model);
    const { host, key, cors, json } = values;
    const settings = {
      ...{ host, key, cors, name },
      port: integerOption("port", values.port, 0, 65_535),
      queue: integerOption("queue", values.queue, 1),
      parallel: integerOption("parallel", values.parallel, 1),
      contextLength: integerOption("context", values.context, 2),
      onError: (error: unknown) => void io.stderr.write(`${error}\n`).catch(() => {}),
    };
    const work = (gemma: Gemma) =>
      io.interruptible(async (signal) => {
        const server = await serve(gemma, settings);
        try {
          const { url, port } = server;
          const { contextLength: length = gemma.config.maxPositionEmbeddings } = settings;
          await io.stdout.write(
            json
              ? `${JSON.stringify({ url, port, name })}\n`
              : greeting(server, name, length, { host, key }),
          );
          await aborted(signal);
          await io.stderr.write("Waiting for answers under way; Ctrl-C again ends at once.\n");
        } finally {
          await server.close();
        }
      });
    await withGemma(model, io, work, byName);
    return undefined;
  },
};

/** `DIR` or `NAME=DIR`; a path with such a beginning is written ./NAME=DIR. */
function adaptersOf(given: readonly string[] = []) {
  const byName: Record<string, string> = {};
  let inUse: string | undefined;
  for (const one of given) {
    const [, name, path] = /^([\w.-]+)=(.+)$/s.exec(one) ?? [];
    const isTwice = name === undefined ? inUse !== undefined : Object.hasOwn(byName, name);
    if (isTwice) {
      const what = name === undefined ? "a DIR without a name" : `${name}=DIR`;
      throw new UsageError(`--adapter expected ${what} once, got it twice`);
    }
    if (name === undefined) inUse = one;
    else byName[name] = path;
  }
  return { inUse, byName };
}

/** The last part of a path, a URL or `hf:OWNER/NAME`. */
function nameOf(model = "tiny-stories-it"): string {
  return model.replace(/[/\\]+$/, "").match(/[^/\\:]+$/)?.[0] ?? "gemma";
}

function greeting(
  { url }: GemmaServer,
  name: string,
  contextLength: number,
  { host = "127.0.0.1", key }: { readonly host?: string; readonly key?: string },
): string {
  const isOpen = !isLoopback(host) && key === undefined;
  const warning = isOpen ? "Everybody who reaches it may ask: --key KEY asks for a key.\n" : "";
  const header = key === undefined ? "" : " -H 'authorization: Bearer KEY'";
  const message = `{"messages":[{"role":"user","content":"Tell me a story."}]}`;
  const curl = `curl ${url}/v1/chat/completions${header} -H 'content-type: application/json' -d '${message}'`;
  const [environment, token] =
    key === undefined ? ["", ""] : ["OPENAI_API_KEY=KEY ", ",auth_token=KEY"];
  const model = `model=${name},base_url=${url}/v1/completions,max_length=${contextLength}${token}`;
  const harness = `${environment}lm_eval --model local-completions --model_args ${model} --tasks arc_easy`;
  return `${name} is at ${url}\n${warning}\n  ${curl}\n\n  ${harness}\n\n`;
}

/** Resolves when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else onAbort(signal, resolve);
  });
}
