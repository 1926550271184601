import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Secrets } from "./secrets.ts";

function hiding(...values: readonly string[]): Secrets {
  const secrets = new Secrets();
  for (const value of values) secrets.register(value);
  return secrets;
}

const HIDDEN = "<sensitive>";
const base64 = (text: string, encoding: "utf8" | "utf16le" = "utf8"): string => Buffer.from(text, encoding).toString("base64");
const AWKWARD = `p,a$s"w'o\`r%d\\ é<&/!`;

/** What is left beside the frame is less than the value: base64 shares a few characters with its neighbours. */
function assertHidden(value: string, encode: (value: string) => string): void {
  const shown = hiding(value).filter(encode(value));
  const left = shown.replaceAll(HIDDEN, "");
  assert.ok(shown.includes(HIDDEN) && left.length <= encode("").length + 6, `${encode(value)} became ${shown}`);
}

describe("core/secrets", () => {
  test("nothing registered hides nothing, and neither do empty and one-character values", () => {
    assert.equal(hiding("", "x").filter("xylophone"), "xylophone");
  });

  test("every occurrence goes, the rest stays as it was", () => {
    assert.equal(hiding("tok").filter("tok a tok-tok"), `${HIDDEN} a ${HIDDEN}-${HIDDEN}`);
  });

  test("the longest goes first, and of overlapping secrets nothing is left", () => {
    assert.equal(hiding("pass", "password1").filter("a password1 b pass c"), `a ${HIDDEN} b ${HIDDEN} c`);
    assert.equal(hiding("abcd", "cdef", "efgh").filter("xabcdefghx"), `x${HIDDEN}x`);
  });

  const forms: Readonly<Record<string, (value: string) => string>> = {
    plain: (value) => value,
    JSON: (value) => JSON.stringify({ key: value }),
    "JSON for HTML": (value) => JSON.stringify(value).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
    URL: (value) => `https://host/?q=${encodeURIComponent(value)}`,
    "strict URL": (value) => new URLSearchParams({ q: value }).toString(),
    "lower-case URL": (value) => encodeURIComponent(value).replace(/%../g, (hex) => hex.toLowerCase()),
    base64: (value) => base64(value),
    "base64, one before": (value) => base64(`:${value}`),
    "base64, two before": (value) => base64(`u:${value}:and after`),
    "base64, three before": (value) => base64(`us:${value}\n`),
    base64url: (value) => Buffer.from(`u:${value}`).toString("base64url"),
    "PowerShell encoded command": (value) => base64(`echo '${value}'; exit`, "utf16le"),
    "single quotes of a shell": (value) => `'${value.replaceAll("'", `'\\''`)}'`,
    "Packer's quotes": (value) => `'${value.replaceAll("'", `'"'"'`)}'`,
    "double quotes of a shell": (value) => `"${value.replace(/["\\$`]/g, "\\$&")}"`,
    "PowerShell single quotes": (value) => `'${value.replaceAll("'", "''")}'`,
    "PowerShell backticks": (value) => value.replace(/[$"`']/g, "`$&"),
    "batch file": (value) => `set X=${value.replaceAll("%", "%%")}`,
    XML: (value) =>
      `<a>${value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&apos;")}</a>`,
  };
  for (const [name, encode] of Object.entries(forms)) {
    test(`hidden in this form too: ${name}`, () => {
      assertHidden(AWKWARD, encode);
    });
  }

  test("random values in random surroundings are in no output, in no form", () => {
    const alphabet = `,$"'\`%\\&<>!{}=+/: abcXYZ019é\u{1f600}`;
    let state = 7;
    const next = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (state >>> 8) % below;
    };
    for (let round = 0; round < 300; round++) {
      const characters = [...alphabet];
      const value = Array.from({ length: 8 + next(20) }, () => characters[next(characters.length)]).join("");
      for (const encode of Object.values(forms)) assertHidden(value, encode);
    }
  });

  test("each line of a secret with several is a secret, whatever its line ends become", () => {
    const key = "-----BEGIN KEY-----\nMIIabcdef\n\nghijkl==\n-----END KEY-----\n";
    const secrets = hiding(key);
    for (const line of key.split("\n").filter((each) => each !== ""))
      assert.equal(secrets.filter(`    test: ${line}`), `    test: ${HIDDEN}`);
    assert.equal(secrets.filter(key.trimEnd().replaceAll("\n", "\r\n")), HIDDEN);
    assert.equal(secrets.filter(JSON.stringify({ key })), `{"key":"${HIDDEN}"}`);
  });

  test("a blank at the end, which logs lose, does not make it another value", () => {
    assert.equal(hiding("token  ").filter("token"), HIDDEN);
  });

  test("half a character does not break it", () => {
    assert.equal(hiding("ab\ud800cd").filter("x ab\ud800cd"), `x ${HIDDEN}`);
  });

  test("who listens learns every form once, those of before as soon as what stands in clear is known", () => {
    const secrets = hiding("one'two");
    const heard: string[] = [];
    secrets.onStrong((form) => heard.push(form));
    assert.deepEqual(heard, []);
    secrets.announce();
    const before = heard.length;
    secrets.register("three-3");
    secrets.register("three-3");
    assert.ok(before > 1 && heard.includes("one'two") && heard.includes("one''two"));
    assert.ok(heard.slice(before).includes("three-3"));
    assert.equal(new Set(heard).size, heard.length);
  });
});
