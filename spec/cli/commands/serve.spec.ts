import { describe, expect, it } from "vitest";
import { cli } from "../../support/cli.ts";

/** Starts a server, does `work` with what it prints, and stops it by Ctrl-C. */
async function served(argv: readonly string[], work: (printed: string) => Promise<void>) {
  const interrupt = new AbortController();
  let done: Promise<void> | undefined;
  const onWrite = (printed: string) => {
    done = work(printed).finally(() => interrupt.abort());
  };
  const outcome = await cli(["serve", "--port", "0", ...argv], {
    interrupts: [interrupt.signal],
    onWrite,
  });
  await done;
  return outcome;
}

describe("serve", () => {
  it("says where it is, answers, and stops at Ctrl-C", async () => {
    const { code, err } = await served(["--json", "--name", "mine"], async (printed) => {
      const { url, port, name } = JSON.parse(printed);
      expect([url, name]).toEqual([`http://127.0.0.1:${port}`, "mine"]);
      const models = await (await fetch(`${url}/v1/models`)).json();
      expect(models.data[0]).toMatchObject({ id: "mine", max_model_len: 512 });
    });
    expect([code, err]).toEqual([0, expect.stringContaining("Waiting for answers under way")]);
  });

  it("prints a line of curl that works, and one for the harness", async () => {
    const { code, out } = await served(["--key", "secret", "--context", "64"], async (printed) => {
      const [, url, key, body] =
        /curl (\S+) -H '(authorization: Bearer KEY)' -H 'content-type: application\/json' -d '(.*)'/.exec(
          printed,
        ) ?? [];
      const authorization = key.replace("KEY", "secret").split(": ")[1];
      const headers = { "content-type": "application/json", authorization };
      const sent = { ...JSON.parse(body), max_tokens: 3 };
      const init = { method: "POST", headers, body: JSON.stringify(sent) };
      expect((await fetch(url, init)).status).toBe(200);
    });
    expect(code).toBe(0);
    expect(out).toMatch(/^tiny-stories-it is at http:\/\/127\.0\.0\.1:\d+\n/);
    expect(out).toMatch(
      /OPENAI_API_KEY=KEY lm_eval --model local-completions --model_args model=tiny-stories-it,base_url=http:\/\/127\.0\.0\.1:\d+\/v1\/completions,max_length=64,auth_token=KEY --tasks/,
    );
    expect(out).not.toContain("secret");
  });

  it("warns of an address that everybody reaches", async () => {
    const reached = ["--host", "0.0.0.0"];
    const { out } = await served(reached, async () => {});
    expect(out).toContain("Everybody who reaches it may ask: --key KEY asks for a key.");
  });

  it.each([
    ["text", 'unexpected argument "text"; the model is --model MODEL'],
    ["--port 70000", "--port expects an integer from 0 to 65535"],
    ["--queue 0", "--queue expects an integer of 1 or more"],
    ["--parallel 0", "--parallel expects an integer of 1 or more"],
    ["--context 9999", "--context expects an integer from 2 to 512"],
  ])("refuses %s", async (argv, refusal) => {
    const { code, err } = await cli(["serve", ...argv.split(" ")]);
    expect([code, err]).toEqual([2, expect.stringContaining(refusal)]);
  });
});
