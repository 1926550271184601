// Secrets with `{{ }}` in them, which every language reads once more: what is wrong there is told without a word of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { folderWith, packerTs } from "../packer-ts.ts";
import { fakeRunner } from "./action-runner.ts";
import { LANGUAGES, type Language, writeTemplate } from "./three-languages.ts";

const WORD = "k9Zebra";

/** Each is a mistake of another kind, or is taken apart by whoever reads it. */
const BROKEN: readonly string[] = [
  `ab{{ ${WORD} }}cd`,
  `{{ upper | ${WORD} }}`,
  `{{ timestamp.${WORD} }}`,
  `{{ 12${WORD} }}`,
  `{{ $${WORD} }}`,
  `{{ '${WORD}' }}`,
  `{{ template "${WORD}" }}`,
  `open {{ ${WORD}`,
  `{{ "${WORD} }}`,
  `{{ end }} ${WORD}`,
  `{{ uper${WORD} }}`,
  `{{user \`${WORD}\`}}`,
];

const variables = BROKEN.map((_, i) => `s${i}`);
const used = (name: string): string => `it is {{user \`${name}\`}}!`;
const template = {
  variables: Object.fromEntries(variables.map((name) => [name, null])),
  "sensitive-variables": variables,
  builders: variables.map((name) => ({ type: "file", name: `b-${name}`, target: `${name}.txt`, content: used(name) })),
};
const given = Object.fromEntries(variables.map((name, i) => [name, BROKEN[i] ?? ""]));

/** What HCL2 takes for a value without a mistake in it is one less. */
const told = ({ name }: Language): number => (name === "HCL2" ? BROKEN.length - 1 : BROKEN.length);

describe("secrets that are read as templates", () => {
  for (const language of LANGUAGES) {
    it(`are named by no word on a terminal or to a machine (${language.name})`, async (t) => {
      const file = language.file("t");
      const folder = folderWith(t, { [file]: language.print(template) });
      const flags = Object.entries(given).flatMap(([name, value]) => ["-var", `${name}=${value}`]);
      for (const before of [[], ["-machine-readable"]]) {
        const { code, stdout, stderr } = await packerTs([...before, "validate", ...flags, file], { cwd: folder });
        assert.equal(code, 1);
        assert.ok(!(stdout + stderr).includes(WORD), stdout + stderr);
        const found = stdout.match(/A sensitive value cannot be rendered as a template/g) ?? [];
        assert.ok(found.length >= told(language), stdout);
      }
      const inspected = await packerTs(["inspect", ...flags, file], { cwd: folder });
      assert.ok(!(inspected.stdout + inspected.stderr).includes(WORD), inspected.stdout);
    });

    it(`are named by no word in annotations, the summary, SARIF and outputs (${language.name})`, async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template);
      for (const command of ["validate", "build"]) {
        const inputs = { command, template: file, vars: JSON.stringify(given), sarif: "found.sarif" };
        const { code, stdout, stderr, summary, outputs } = await runner.run(inputs);
        assert.equal(code, 1);
        assert.match(stdout, /^::error .*A sensitive value cannot be rendered/m);
        const sarif = readFileSync(join(runner.workspace, "found.sarif"), "utf8");
        assert.match(sarif, /A sensitive value cannot be rendered/);
        const seen = [stdout.replace(/^::add-mask::.*$/gm, ""), stderr, summary, sarif, JSON.stringify(outputs)];
        assert.ok(!seen.join("\n").includes(WORD), seen.join("\n"));
      }
    });

    it(`are hidden when they have become something else (${language.name})`, async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, {
        variables: { p: null },
        "sensitive-variables": ["p"],
        builders: [{ type: "file", name: "a", target: "a.txt", content: "x" }],
        provisioners: [{ type: "shell-local", inline: ["echo it is {{user `p`}}"] }],
      });
      const secret = "Gr8{{ upper `wordy` }}Tail7";
      const { code, stdout } = await runner.run({ template: file, vars: JSON.stringify({ p: secret }) });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /it is <sensitive>/);
      assert.doesNotMatch(stdout.replace(/^::add-mask::.*$/gm, ""), /Gr8|WORDY|Tail7/);
    });

    it(`are quoted in no part where an option cannot take them (${language.name})`, async (t) => {
      const file = language.file("t");
      const [first, second] = ["lantern7q", "Fjord55x"];
      const folder = folderWith(t, {
        [file]: language.print({
          variables: { p: null },
          "sensitive-variables": ["p"],
          builders: [
            { type: "file", name: "a", target: "a.txt", content: "x" },
            { type: "qemu", name: "m", iso_url: "x.iso", iso_checksum: "{{user `p`}}", communicator: "none" },
          ],
          "post-processors": [{ type: "checksum", checksum_types: ["{{user `p`}}"] }],
        }),
      });
      const { code, stdout, stderr } = await packerTs(["validate", "-var", `p=${first},${second}:x`, file], {
        cwd: folder,
      });
      assert.equal(code, 1);
      assert.match(stdout, /<sensitive>/);
      assert.doesNotMatch(stdout + stderr, new RegExp(`${first}|${second}`));
    });
  }

  for (const language of LANGUAGES) {
    it(`are shown in no part where a line is too long to be kept whole (${language.name})`, async (t) => {
      const runner = fakeRunner(t);
      const secret = "lantern-k9zebra-Fjord";
      // The first piece of such a line ends inside of the secret.
      const fill = (count: number): string => `head -c ${count} /dev/zero | tr "\\0" x`;
      const print = `${fill(1024 * 1024 - 10)}; printf %s "$SECRET"; ${fill(1_500_000)}; echo`;
      const file = writeTemplate(runner, language, {
        variables: { p: null },
        "sensitive-variables": ["p"],
        builders: [{ type: "file", name: "a", target: "a.txt", content: "x" }],
        provisioners: [
          {
            type: "shell-local",
            environment_vars: ["SECRET={{user `p`}}"],
            inline: [print],
          },
        ],
      });
      const { code, stdout } = await runner.run({ template: file, vars: JSON.stringify({ p: secret }) });
      assert.equal(code, 0, stdout.slice(-2000));
      assert.ok(stdout.length > 2_000_000);
      assert.doesNotMatch(stdout.replace(/^::add-mask::.*$/gm, ""), /lant|k9ze|Fjo/);
    });
  }

  it("leave a mistake beside them as clear as it was", async (t) => {
    const hcl = `variable "p" {\n  sensitive = true\n}\nsource "file" "a" {\n  target = "a"\n  content = "\${var.p} {{ uper \`x\` }} \${var.p}"\n}\nbuild {\n  sources = ["file.a"]\n}\n`;
    const folder = folderWith(t, { "t.pkr.hcl": hcl });
    const { stdout } = await packerTs(["validate", "-var", "p=some secret", "t.pkr.hcl"], { cwd: folder });
    assert.match(stdout, /There is no function "uper"/);
    assert.match(stdout, /did you mean "?upper/);
  });
});
