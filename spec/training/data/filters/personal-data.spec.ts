/** Personal data: forms that are found, numbers that are none, and what is missed. */
import { describe, expect, it } from "vitest";
import { hasLuhnDigit } from "../../../../src/personal-data/card.ts";
import {
  findPersonalData,
  type PersonalKind,
} from "../../../../src/personal-data/personal-data.ts";
import { personalDataFilter } from "../../../../src/training/data/filters/personal-data.ts";

/** What the filter drops by default. */
const FILTERED: readonly PersonalKind[] = ["email", "card", "ip", "phone"];

const found = (text: string) => findPersonalData(text, FILTERED);
const kindsIn = (text: string) => found(text).map(({ kind }) => kind);

/** Texts, each with one datum of that kind. */
const FOUND = {
  email: [
    "Write to jane_doe+news@mail.example.co.uk today.",
    "müller@bücher.example",
    "mailto:bob@example.com?subject=hi",
    "<a.b@c.museum>,",
    "info (at) example (dot) org",
    "名前＠例.jp",
    "jane@example.com: see a/b",
  ],
  // The numbers that payment services publish for tests.
  card: [
    "Card 5555555555554444.",
    "378282246310005",
    "3782 822463 10005",
    "4111-1111-1111-1111",
    "6011 1111 1111 1117",
    "3530111333300000",
    "3056 930902 5904",
    "2223 0031 2200 3222",
    "4012 8888 8888 1881 63 people",
  ],
  ip: [
    "It came from 203.0.113.97.",
    "http://198.51.100.23/index.html",
    "8.8.8.8:53",
    "203.0.113.0/24",
    "2001:db8:85a3::8a2e:370:7334",
    "[2001:db8::1]:8080",
    "2a00:1450:4001:081b:0000:0000:0000:200e",
    "::ffff:198.51.100.2",
    "Blocked 5.9.8.7",
    "Server 45.33.32.1",
    "Mira 203.0.113.9",
  ],
  phone: [
    "+1 (555) 016-7335",
    "+1-555-016-7335",
    "555.012.3456",
    "(555) 012-3456",
    "1-800-555-0199",
    "Call 555-0199 now",
    "+49 (0)30 12345678",
    "0049 30 12345678",
    "030/1234567",
    "Tel.: 089-12345",
    "+44 20 7946 0958",
    "020 7946 0958",
    "(0161) 496 0000",
    "01 23 45 67 89",
    "06.12.34.56.78",
    "Appelez-moi au 0612345678",
    "Teléfono: 612 34 56 78",
    "(11) 91234-5678",
    "+91 98765 43210",
    "+86 138 1234 5678",
    "090-1234-5678",
    "電話：０３−１２３４−５６７８",
    "8 (495) 123-45-67",
    "+4915112345678",
    "telefoon 06-12345678",
    "020 7946 0958 12 times",
    "(0161) 496 0000 12 times",
    "call 5550199 12 34 56 78 90",
    "in 2010 555-123-4567",
    "555 123 4567 12 times",
    "+49 30 100000",
    "Phone: 010 2000 0000",
  ],
} as const;

/** Numbers that tell nothing of anybody. */
const HARMLESS = [
  "She paid 12,50 at the shop.",
  "He counted to 4880133130810131.",
  "4111111111111112",
  "$4,111,111,111,111,111",
  "1234567890123456",
  "version 1.2.3.4, v2.10.0.1, § 4.3.2.1",
  "192.168.1.10, 10.0.0.1, 172.16.5.4, 127.0.0.1, 169.254.1.1, 255.255.255.0",
  "999.999.999.999 and 1.2.3.4.5",
  "fe80::1, ::1, fd00::1234",
  "std::vector<int> and 00:1A:2B:3C:4D:5E",
  "12:30:45, 1:2:3:4:5:6:7:8",
  "2024-05-06 12:30:00, 06.05.2024 12:30, 05/06/2024, 1.1.1900-31.12.1999",
  "1914-1918, 1939 - 1945, 2001 2002 2003 2004",
  "ISBN 978-0-306-40615-7, ISBN 0-306-40615-2",
  "1,234,567.89 or 1 000 000 000 or 12 345 678",
  "3.14159265358979, 6.00960952428618 and 0.123456789",
  "4376 0170 0129 609 and 4340 0042 3525 465",
  "1700000000000 and 1700000000000000",
  "IMEI 490154203237518",
  "called 12 times in 1999, call me at 5",
  "the score was 21-19, 19-21, 21-15",
  "0 1 2 3 4 5 6 7 8 9",
  "page 123-456, room 0815-4711, zip 12345-6789",
  "lat 48.8566, lon 2.3522",
  "+5 degrees, +1000000",
  "@home, user@localhost, a@b, left-pad@1.3.0",
  "https://example.com/path?id=123",
  "Firefox 3.6.13.1, OpenSSL 1.0.2.1, iOS 5.0.1.3, Use Flash Player 11.2.202.235",
  "curl/7.68.0.1, foo-1.2.3.4.tar.gz, pkg==1.2.3.4, react@1.2.3.4, log4j 2.17.1.0",
  "Output: 64 128 256 512 1024 2048",
  "Sizes 256 512 1024 or 384 768 1536, shape (512) 512 1024, then 700 800 1000 2000",
  "Numbers 800-900-1000 and 700-800-1000, open 0900 1300 1700",
  "call 1000000 times, called 1234567 times, call 2 500 000 people",
  "temperature +25 30 35 40, +20 22 25 28, +30 35 40 45 50",
  "git@github.com:owner/repo.git, user@host.com:/tmp/a, ssh://git@host.org/o, git@host.org",
  "@user@mastodon.social, @jane.doe@example.org, icon@2x.png",
];

describe.each(Object.entries(FOUND))("%s", (kind, texts) => {
  it.each(texts)("is found in %s", (text) => {
    expect(kindsIn(text)).toEqual([kind]);
    expect(kindsIn(`Before, ${text}`)).toEqual([kind]);
  });
});

describe("personal data", () => {
  it.each(HARMLESS)("are not seen in %s", (text) => {
    expect(found(text)).toEqual([]);
  });

  it("are where they are said to be", () => {
    const text = "Mail a@b.org or call +1 (555) 016-7335. From 203.0.113.7!";
    const found = findPersonalData(text).map(({ kind, begin, end }) => [
      kind,
      text.slice(begin, end),
    ]);
    expect(found).toEqual([
      ["email", "a@b.org"],
      ["phone", "+1 (555) 016-7335"],
      ["ip", "203.0.113.7"],
    ]);
  });

  it("are missed where they have no form of their own, which docs/training-data.md says", () => {
    const missed = [
      "Jane Doe, 12 High Street, born on 3 May 1980",
      "passport C01X00T47, SSN 123-45-6789",
      "jane at example dot org",
      "612 34 56 78", // Spain, without a word before it
      "0612345678",
      "five five five, zero one nine nine",
    ];
    expect(missed.flatMap(kindsIn)).toEqual([]);
  });

  it("end a document, for a reason that does not repeat them", () => {
    const reason = personalDataFilter().check("Write to otto.pearl95@example.net.");
    expect(reason).toEqual({
      filter: "personal",
      rule: "email",
      value: "xxxx.xxxxx00@xxxxxxx.xxx",
      threshold: 0,
      hidden: [{ kind: "email", begin: 9, end: 33 }],
    });
    expect(personalDataFilter({ kinds: ["card"] }).check("a@b.org")).toBeUndefined();
    expect(personalDataFilter({ most: 1 }).check("a@b.org")).toBeUndefined();
    expect(personalDataFilter({ most: 1 }).check("a@b.org, c@d.org")).toBeDefined();
    expect(() => personalDataFilter({ kinds: ["name"] as never })).toThrow("kinds");
  });

  it("take no longer in texts made to make patterns slow", () => {
    const begin = performance.now();
    for (const piece of [
      "a",
      "a.",
      "1",
      "1 ",
      "0",
      "01 ",
      "1.",
      "a:",
      "(0)",
      "+",
      "a@a.",
      "[at]",
    ]) {
      findPersonalData(`${piece.repeat(10_000)}@ call [at] ${piece.repeat(10_000)}`);
    }
    expect(performance.now() - begin).toBeLessThan(2000); // some milliseconds; quadratic, it would be minutes
  });
});

it("Luhn's digit is that of ISO/IEC 7812's example", () => {
  expect(hasLuhnDigit("17893729974")).toBe(true); // Wikipedia, "Luhn algorithm"
  expect(Array.from("0123456789", (d) => `1789372997${d}`).filter(hasLuhnDigit)).toHaveLength(1);
});
