/** Programs that a model may write, each with something that it must not do, and the words in which it is told so. */

export interface BadProgram {
  readonly what: string;
  readonly program: string;
  /** Of the result: its outcome, or a part of its error. */
  readonly told: string | RegExp;
  /** Whether `npm test` runs it: it runs one of each kind. */
  readonly isFirst?: true;
}

/** @param outside a folder that programs may not change, with a file `kept`. */
export function badPrograms(outside: string): BadProgram[] {
  const denied = /PermissionError|not allowed/;
  const kept = `${outside}/kept`;
  return [
    { what: "an endless loop", program: "while True: pass", told: "timed out", isFirst: true },
    { what: "a long sleep", program: "import time\ntime.sleep(100)", told: "timed out" },
    { what: "endless output", program: "while True: print('x' * 1000)", told: "timed out" },
    {
      what: "a fork",
      program: `import os\nif os.fork() == 0: open(${q(kept)}, "w")`,
      told: denied,
      isFirst: true,
    },
    {
      what: "a fork bomb",
      program: "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
      told: "timed out",
    },
    {
      what: "4 GB of memory",
      program: "x = bytearray(4 * 2**30)",
      told: "MemoryError",
      isFirst: true,
    },
    {
      what: "ever more memory",
      program: "x = []\nwhile True: x.append(bytearray(50_000_000))",
      told: /MemoryError|still running/, // on a busy machine the time is over first
    },
    {
      what: "a socket",
      program: "import socket\nsocket.create_connection(('127.0.0.1', 22), 1)",
      told: denied,
      isFirst: true,
    },
    {
      what: "a datagram",
      program:
        "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
      told: denied,
    },
    {
      what: "a file outside",
      program: `open(${q(`${outside}/new`)}, "w")`,
      told: denied,
      isFirst: true,
    },
    { what: "an old file outside", program: `open(${q(kept)}, "a").write("x")`, told: denied },
    { what: "a file removed", program: `import os\nos.remove(${q(kept)})`, told: denied },
    {
      what: "a file through a link",
      program: `import os\nos.symlink(${q(`${outside}/new`)}, "link")\nopen("link", "w")`,
      told: denied,
    },
    {
      what: "a folder outside",
      program: `import os\nos.mkdir(${q(`${outside}/new`)})`,
      told: denied,
    },
    { what: "a long file", program: "open('a', 'wb').write(b'x' * 5_000_000)", told: "OSError" },
    {
      what: "another program",
      program: `import os\nos.execv("/bin/sh", ["sh", "-c", "echo x > ${outside}/new"])`,
      told: denied,
    },
    {
      what: "a signal to its parent",
      program: "import os\nos.kill(os.getppid(), 9)",
      told: denied,
    },
  ];
}

/** A text in Python. */
const q = (text: string): string => JSON.stringify(text);
