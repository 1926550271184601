// Secrets: in no byte that the action emits, in no encoding.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fakeRunner, readLog } from "./action-runner.ts";

/** The same numbers every time. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const LETTERS = [..."abcdefghjkmnpqrstuvwxyzABCDEFGH23456789"];
const NASTY = [
  ",",
  "$",
  '"',
  "'",
  "\\",
  "`",
  "%",
  "\n",
  " ",
  "::",
  "##[",
  "&",
  "<",
  "|",
  "é",
  "🎉",
  "=",
  "{",
  "*",
  "_",
  "#",
  ";",
  "!",
  "\t",
];

/** Words of letters with nasty characters between them, so that every line is long enough to be a secret. */
function randomSecret(random: () => number): string {
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? "";
  const word = (): string => Array.from({ length: 5 + Math.floor(random() * 5) }, () => pick(LETTERS)).join("");
  return Array.from({ length: 1 + Math.floor(random() * 4) }, () => word() + pick(NASTY)).join("") + word();
}

/** How a program may print it, written down apart from what hides it. */
function disguises(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    ...secret.split("\n").filter((line) => line.trim().length > 3),
    json,
    encodeURIComponent(secret),
    Buffer.from(secret).toString("base64"),
    Buffer.from(secret).toString("base64url"),
    Buffer.from(secret, "utf16le").toString("base64"),
    secret.replaceAll("'", "'\\''"),
    secret.replaceAll("'", "''"),
    secret.replace(/["\\$`]/g, "\\$&"),
    secret.replace(/[$"`]/g, "`$&"),
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;"),
    secret.replaceAll("%", "%25").replaceAll("\n", "%0A"),
  ];
}

const PRINTER = `
const secret = process.env.SECRET;
const json = JSON.stringify(secret);
console.log("plain " + secret);
console.error("plain " + secret);
console.log("json " + json);
console.log("url ?a=" + encodeURIComponent(secret) + "&b");
console.log("base64 " + Buffer.from(secret).toString("base64"));
console.log("basic " + Buffer.from("user:" + secret).toString("base64"));
console.log("utf16 " + Buffer.from(secret, "utf16le").toString("base64"));
console.log("shell '" + secret.replaceAll("'", "'\\\\''") + "'");
console.log("powershell '" + secret.replaceAll("'", "''") + "'");
console.log("double \\"" + secret.replace(/["\\\\$\`]/g, "\\\\$&") + "\\"");
console.log("colour \\u001b[31m" + secret + "\\u001b[0m");
`;

describe("action/secrets", () => {
  for (const seed of [1, 2, 3]) {
    it(`shows none of twelve random secrets in any encoding (seed ${seed})`, async (t) => {
      const random = randomNumbers(seed);
      const secrets = Array.from({ length: 12 }, () => randomSecret(random));
      const runner = fakeRunner(t);
      runner.file("print.mjs", PRINTER);
      const names = secrets.map((_, i) => `secret_${i}`);
      runner.file("t.json", {
        variables: Object.fromEntries(names.map((name) => [name, null])),
        "sensitive-variables": names,
        builders: [
          { type: "file", name: "good", target: "out.txt", content: names.map((name) => `{{user \`${name}\`}}`).join("\n") },
          { type: "file", name: "bad", target: "bad.txt", content: "x" },
        ],
        provisioners: names.map((name, i) => ({
          type: "shell-local",
          environment_vars: [`SECRET={{user \`${name}\`}}`],
          inline: [`"${process.execPath}" print.mjs`, i === names.length - 1 ? 'test "$PACKER_BUILD_NAME" = good' : "true"],
        })),
      });
      const result = await runner.run({
        template: "t.json",
        vars: JSON.stringify(Object.fromEntries(secrets.map((secret, i) => [names[i], secret]))),
      });
      assert.equal(result.outputs["outcome"], "partial", result.stdout);
      assert.equal(
        result.stdout.match(/^(?:\u001b\[31m)?plain /gm)?.length,
        2 * 2 * secrets.length,
        "the scripts ran and their lines are there",
      );
      const log = readLog(result.stdout).filter(({ command }) => command !== "add-mask");
      const emitted = [
        log.map(({ text, group }) => `${text} ${group ?? ""}`).join("\n"),
        result.stderr,
        JSON.stringify(result.outputs),
        ...Object.values(result.outputs),
        result.summary,
        JSON.stringify(result.state),
        readFileSync(result.outputs["manifest-path"] ?? "", "utf8"),
      ];
      for (const secret of secrets)
        for (const disguise of disguises(secret))
          for (const text of emitted) assert.ok(!text.includes(disguise), `${JSON.stringify(disguise)} of ${JSON.stringify(secret)}`);
    });
  }

  it("masks a secret before the first line that could hold it, line by line and encoded", async (t) => {
    const runner = fakeRunner(t);
    const secret = "first line\nsecond % line";
    runner.file("t.json", {
      variables: { s: null },
      "sensitive-variables": ["s"],
      builders: [{ type: "file", target: "out.txt", content: "{{user `s`}}" }],
    });
    const { stdout } = await runner.run({ template: "t.json", vars: JSON.stringify({ s: secret }) });
    const masks = stdout.split("\n").flatMap((line, at) => (line.startsWith("::add-mask::") ? [{ at, value: line.slice(12) }] : []));
    const values = masks.map(({ value }) => value);
    for (const expected of ["first line%0Asecond %25 line", "first line", "second %25 line", Buffer.from(secret).toString("base64")])
      assert.ok(values.includes(expected), expected);
    const firstGroup = stdout.split("\n").findIndex((line) => line.includes("finished after"));
    assert.ok(masks.every(({ at }) => at < firstGroup));
  });
});
