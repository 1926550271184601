import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openLineReader } from "../host/lines.ts";
import { splitOutput } from "./output-lines.ts";
import { Secrets } from "./secrets.ts";

function hiding(...values: readonly string[]): Secrets {
  const secrets = new Secrets();
  for (const value of values) {
    secrets.register(value);
  }
  return secrets;
}

const HIDDEN = "<sensitive>";
const base64 = (text: string, encoding: "utf8" | "utf16le" = "utf8"): string =>
  Buffer.from(text, encoding).toString("base64");
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
      for (const encode of Object.values(forms)) {
        assertHidden(value, encode);
      }
    }
  });

  test("each line of a secret with several is a secret, whatever its line ends become", () => {
    const key = "-----BEGIN KEY-----\nMIIabcdef\n\nghijkl==\n-----END KEY-----\n";
    const secrets = hiding(key);
    for (const line of key.split("\n").filter((each) => each !== "")) {
      assert.equal(secrets.filter(`    test: ${line}`), `    test: ${HIDDEN}`);
    }
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
    assert.equal(heard.length, 0);
    secrets.announce();
    const before = heard.length;
    secrets.register("three-3");
    secrets.register("three-3");
    assert.ok(before > 1 && heard.includes("one'two") && heard.includes("one''two"));
    assert.ok(heard.slice(before).includes("three-3"));
    assert.equal(new Set(heard).size, heard.length);
  });

  test("what stands for a secret is not taken for one", () => {
    const secrets = hiding("sensitive", "sens");
    assert.equal(secrets.filter(secrets.filter("it is sensitive")), `it is ${HIDDEN}`);
  });
});

describe("core/secrets that are weak", () => {
  function told(secrets: Secrets): string[] {
    const heard: string[] = [];
    secrets.onStrong((form) => heard.push(form));
    secrets.announce();
    return heard;
  }

  for (const word of ["none", "true", "root", "1234", "ubuntu", "Vagrant", "packer", "changeme"]) {
    test(`${word} is hidden in texts, but in no name and path, and nobody is told of it`, () => {
      const secrets = hiding(word);
      for (const name of [`${word}-24.04`, `a.${word}`]) {
        secrets.keepName(name);
      }
      secrets.keepPath(`images/${word}/out/${word}.img`);
      const text = `==> a.${word}: login ${word}: made images/${word}/out/${word}.img in images/${word}/out from ${word}-24.04`;
      const shown = `==> a.${word}: login ${HIDDEN}: made images/${word}/out/${word}.img in images/${word}/out from ${word}-24.04`;
      assert.equal(secrets.filter(text), shown);
      assert.equal(secrets.filterName(text), text);
      assert.deepEqual(secrets.published([text]), [text]);
      assert.deepEqual(told(secrets), []);
      assert.equal(secrets.holds(`${word}-24.04`), true);
    });
  }

  test("a name keeps a value only where it stands as a whole", () => {
    const secrets = hiding("1234");
    secrets.keepName("vm-1234");
    assert.equal(secrets.filter("vm-1234 xvm-1234 vm-12345 1234"), `vm-1234 xvm-${HIDDEN} vm-${HIDDEN}5 ${HIDDEN}`);
  });

  test("a strong one is hidden in names and paths too", () => {
    const secrets = hiding("correct-horse");
    secrets.keepPath("out/correct-horse.img");
    assert.equal(secrets.filter("out/correct-horse.img"), `out/${HIDDEN}.img`);
    assert.equal(secrets.filterName("out/correct-horse.img"), `out/${HIDDEN}.img`);
  });

  test("a value that stands in a template in clear is weak, whenever the template is read", () => {
    for (const order of ["before", "after"]) {
      const secrets = new Secrets();
      if (order === "before") {
        secrets.showInClear('default = "opensesame"');
      }
      secrets.register("opensesame");
      if (order === "after") {
        secrets.showInClear('default = "opensesame"');
      }
      assert.deepEqual(told(secrets), [], order);
      assert.equal(secrets.filter("opensesame"), HIDDEN, order);
      assert.equal(secrets.filterName("opensesame"), "opensesame", order);
    }
  });

  test("part of a longer word of the template is not clear, and neither is a value that is escaped otherwise", () => {
    const secrets = new Secrets();
    secrets.showInClear('"opensesames"');
    secrets.register("opensesame");
    assert.ok(told(secrets).includes("opensesame"));
  });

  test("a value as JSON writes it stands there in clear too", () => {
    const secrets = new Secrets();
    secrets.showInClear(JSON.stringify({ ssh_password: 'open"sesame\\' }));
    secrets.register('open"sesame\\', { isGuess: true });
    assert.equal(secrets.filter('open"sesame\\'), 'open"sesame\\');
  });

  test("what only an option calls a secret is none when it stands in the template, until somebody says it is", () => {
    const secrets = new Secrets();
    secrets.showInClear('ssh_password = "letmein77"');
    secrets.register("letmein77", { name: 'option "ssh_password"', isGuess: true });
    assert.equal(secrets.filter("letmein77"), "letmein77");
    assert.deepEqual(secrets.weak, [{ name: 'option "ssh_password"', weakness: "clear", isHidden: false }]);
    secrets.register("letmein77", { name: 'variable "password"' });
    assert.equal(secrets.filter("letmein77"), HIDDEN);
    assert.ok(!JSON.stringify(secrets.weak).includes("letmein77"));
  });

  test("what only an option calls a secret is hidden when it came from outside", () => {
    const secrets = new Secrets();
    secrets.showInClear("ssh_password = var.password");
    secrets.register("letmein77", { name: 'option "ssh_password"', isGuess: true });
    assert.equal(secrets.filter("letmein77"), HIDDEN);
    assert.ok(told(secrets).includes("letmein77"));
    assert.deepEqual(secrets.weak, []);
  });

  test("short and common lines of a strong secret are told to nobody", () => {
    const heard = told(hiding("{\n  true\n  k3y-m4terial\n}"));
    assert.ok(heard.includes("k3y-m4terial"));
    for (const line of ["{", "true", "}"]) {
      assert.ok(!heard.includes(line), line);
    }
  });
});

describe("core/secrets in messages", () => {
  const secret = "lantern Hill{{ k9zebra | upper }} tail, and a template";
  const cases: Readonly<Record<string, string>> = {
    'There is no function "k9zebra"': `There is no function "${HIDDEN}"`,
    'In "lantern Hill", and again': `In "${HIDDEN}", and again`,
    "unsupported type: lantern": `unsupported type: ${HIDDEN}`,
    "did you mean k9zebra?": `did you mean ${HIDDEN}?`,
    [`all of ${secret}!`]: `all of ${HIDDEN}!`,
    "'tail' is no time": `'${HIDDEN}' is no time`,
    "This cannot be rendered as a template": "This cannot be rendered as a template",
    "A lantern is a light, emplates are not": "A lantern is a light, emplates are not",
  };
  for (const [message, shown] of Object.entries(cases)) {
    test(`shows ${JSON.stringify(message)} as ${JSON.stringify(shown)}`, () => {
      assert.equal(hiding(secret).filterMessage(message), shown);
    });
  }

  test("what the template says in another place, and what is a name, is no piece of a secret", () => {
    const secrets = hiding("rosebud-k9zebra-9");
    assert.equal(
      secrets.filterMessage('no option "k9zebra" in images/rosebud/a'),
      `no option "${HIDDEN}" in images/${HIDDEN}/a`,
    );
    secrets.showInClear('k9zebra = "rosebud-k9zebra-9"');
    secrets.keepPath("images/rosebud/a");
    const message = 'no option "k9zebra" in images/rosebud/a';
    assert.equal(secrets.filterMessage(message), message);
  });

  test("a long secret and many messages take no time", () => {
    const secrets = hiding("k9zebra ".repeat(20_000), ...Array.from({ length: 50 }, (_, i) => `value-${i}-of-many`));
    const begun = performance.now();
    for (let i = 0; i < 2000; i++) {
      secrets.filterMessage(
        `There is no function "${i}" in provisioner "shell" on line ${i}, as far as anybody can tell`,
      );
    }
    assert.ok(performance.now() - begun < 2000);
  });
});

describe("core/secrets in lines that are far too long", () => {
  const secret = "lantern-k9zebra-Fjord";
  const readers = {
    "a program here": openLineReader,
    "a program on the machine": splitOutput,
  } as const;
  for (const [what, open] of Object.entries(readers)) {
    test(`are whole in one of the pieces, when ${what} prints them`, () => {
      const secrets = hiding(secret, "q".repeat(40));
      const shown: string[] = [];
      const reader = open((line) => shown.push(secrets.filter(line)), secrets);
      const line = Buffer.from(`0123456789 ${secret}${"x".repeat(1000)}${secret}${secret}`.repeat(4000));
      for (let at = 0; at < line.length; at += 16_000) {
        reader.write(line.subarray(at, at + 16_000));
      }
      reader.end();
      assert.ok(shown.length > 3 && shown.every((piece) => piece.length < 1.2 * 1024 * 1024), String(shown.length));
      for (let at = 0; at + 4 <= secret.length; at++) {
        assert.ok(!shown.join("").includes(secret.slice(at, at + 4)), secret.slice(at, at + 4));
      }
      assert.equal(shown.join("").replaceAll(HIDDEN, "").replaceAll(" ", "").length, 4000 * 1010);
    });
  }

  test("are handed over whole even when they are longer than a piece", () => {
    const long = Array.from({ length: 200_000 }, (_, i) => `k${i}`).join("");
    const secrets = hiding(long);
    const shown: string[] = [];
    const reader = openLineReader((line) => shown.push(secrets.filter(line)), secrets);
    const line = Buffer.from(`${long}-${"x".repeat(3_000_000)}\n`);
    for (let at = 0; at < line.length; at += 64_000) {
      reader.write(line.subarray(at, at + 64_000));
    }
    assert.ok(!/k\d/.test(shown.join("")));
  });
});
