// Secrets: in no byte that the action emits, in no encoding.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fakeRunner, readLog } from "./action-runner.ts";
import { LANGUAGES, writeTemplate } from "./three-languages.ts";

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

/** One that has every character which some language, shell or runner takes for its own, in random order. */
function hardestSecret(random: () => number): string {
  const marks = [",", "$", '"', "'", "\\", "`", "%", "\n"];
  const order = marks.map((mark) => [random(), mark] as const).sort(([a], [b]) => a - b);
  return `${randomSecret(random)}${order.map(([, mark]) => mark).join("")}${randomSecret(random)}`;
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

for (const language of LANGUAGES) {
  describe(`action/secrets with ${language.name}`, () => {
    for (const seed of [1, 2, 3]) {
      it(`shows none of twelve random secrets in any encoding (seed ${seed})`, async (t) => {
        const random = randomNumbers(seed);
        const secrets = Array.from({ length: 12 }, (_, i) =>
          i % 2 === 0 ? randomSecret(random) : hardestSecret(random),
        );
        const runner = fakeRunner(t);
        runner.file("print.mjs", PRINTER);
        const names = secrets.map((_, i) => `secret_${i}`);
        const template = writeTemplate(runner, language, {
          variables: Object.fromEntries(names.map((name) => [name, null])),
          "sensitive-variables": names,
          builders: [
            {
              type: "file",
              name: "good",
              target: "out.txt",
              content: names.map((name) => `{{user \`${name}\`}}`).join("\n"),
            },
            { type: "file", name: "bad", target: "bad.txt", content: "x" },
            // Mistakes whose messages show the value: for the annotations, the summary and code scanning.
            ...names.map((name, i) => ({
              type: "file",
              name: `wrong-${i}`,
              target: "wrong.txt",
              source: `no/{{user \`${name}\`}}`,
            })),
          ],
          provisioners: names.map((name, i) => ({
            type: "shell-local",
            environment_vars: [`SECRET={{user \`${name}\`}}`],
            inline: [
              `"${process.execPath}" print.mjs`,
              i === names.length - 1 ? 'test "$PACKER_BUILD_NAME" = good' : "true",
            ],
          })),
        });
        const result = await runner.run({
          template,
          sarif: "code/scanning.sarif",
          "result-path": "result.json",
          vars: JSON.stringify(Object.fromEntries(secrets.map((secret, i) => [names[i], secret]))),
        });
        assert.equal(result.outputs["outcome"], "partial", result.stdout);
        assert.equal(
          result.stdout.match(/^(?:\u001b\[31m)?plain /gm)?.length,
          2 * 2 * secrets.length,
          "the scripts ran and their lines are there",
        );
        const log = readLog(result.stdout).filter(({ command }) => command !== "add-mask");
        const [sarif = "", manifest = "", resultFile = ""] = [
          join(runner.workspace, "code/scanning.sarif"),
          result.outputs["manifest-path"] ?? "",
          result.outputs["result-path"] ?? "",
        ].map((path) => readFileSync(path, "utf8"));
        const { runs } = JSON.parse(sarif) as { readonly runs: readonly { readonly results: readonly unknown[] }[] };
        assert.ok((runs[0]?.results.length ?? 0) >= names.length, "every mistake is there");
        assert.ok(sarif.includes("<sensitive>"), "and shows where the value stood");
        assert.equal(resultFile.includes(`"${language.build("good")}"`), true);
        for (const json of [manifest, resultFile, result.outputs["artifacts"] ?? ""]) {
          JSON.parse(json);
        }
        const emitted = [
          log.map(({ text, group }) => `${text} ${group ?? ""}`).join("\n"),
          result.stderr,
          JSON.stringify(result.outputs),
          ...Object.values(result.outputs),
          result.summary,
          JSON.stringify(result.state),
          sarif,
          manifest,
          resultFile,
        ];
        for (const secret of secrets) {
          for (const disguise of disguises(secret)) {
            for (const text of emitted) {
              assert.ok(!text.includes(disguise), `${JSON.stringify(disguise)} of ${JSON.stringify(secret)}`);
            }
          }
        }
      });
    }

    it("masks a secret before the first line that could hold it, line by line and encoded", async (t) => {
      const runner = fakeRunner(t);
      const secret = "first line\nsecond % line";
      const template = writeTemplate(runner, language, {
        variables: { s: null },
        "sensitive-variables": ["s"],
        builders: [{ type: "file", target: "out.txt", content: "{{user `s`}}" }],
      });
      const { stdout } = await runner.run({ template, vars: JSON.stringify({ s: secret }) });
      const masks = stdout
        .split("\n")
        .flatMap((line, at) => (line.startsWith("::add-mask::") ? [{ at, value: line.slice(12) }] : []));
      const values = masks.map(({ value }) => value);
      for (const expected of [
        "first line%0Asecond %25 line",
        "first line",
        "second %25 line",
        Buffer.from(secret).toString("base64"),
      ]) {
        assert.ok(values.includes(expected), expected);
      }
      const firstGroup = stdout.split("\n").findIndex((line) => line.includes("finished after"));
      assert.ok(masks.every(({ at }) => at < firstGroup));
    });
  });
}
