// Inputs as people write them: misspelt, of another action, with secrets of every form.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fakeRunner } from "./action-runner.ts";
import { LANGUAGES, type Template, writeTemplate } from "./three-languages.ts";

const template: Template = {
  variables: { p: null },
  "sensitive-variables": ["p"],
  builders: [{ type: "file", name: "a", target: "out.txt", content: "{{user `p`}}" }],
};

/** A template that asks for no values. */
const given: Template = { builders: [{ type: "file", name: "a", target: "out.txt", content: "x" }] };

/** Long enough to be masked by GitHub, and each of them spoilt by YAML. */
const SECRETS = [
  "hushhush #tail",
  "&hushhush tail",
  "!hushhush",
  "@hushhush",
  "`hushhush`",
  "%hushhush",
  "|hushhush",
  "> hushhush",
  "- hushhush",
  "hush: hush",
  "{hushhush}",
  "[hushhush]",
  '"hushhush"',
  "'hushhush'",
  "${hushhush",
  "hush=hush==",
];

for (const language of LANGUAGES) {
  describe(`secrets in ${language.name}`, () => {
    for (const secret of SECRETS) {
      it(`reach the template as they are: ${secret}`, async (t) => {
        const runner = fakeRunner(t);
        const file = writeTemplate(runner, language, template);
        const { code, stdout, summary } = await runner.run({ template: file, "secret-vars": `p: ${secret}\n` });
        assert.equal(code, 0, stdout);
        assert.equal(readFileSync(join(runner.workspace, "out.txt"), "utf8"), secret);
        assert.ok(stdout.includes(`::add-mask::${secret.replaceAll("%", "%25")}\n`), stdout);
        assert.ok(!(stdout.replace(/^::add-mask::.*$/gm, "") + summary).includes(secret), stdout);
      });
    }

    it("keep their quotes, with a warning that does not show them", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template);
      const { code, stdout } = await runner.run({ template: file, "secret-vars": 'p: "quoted-words"' });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^::warning title=The quotes around the value of "p".*\[action\/quoted-value\]/m);
    });

    it("come from the environment by name, with every line end they have", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template);
      const secret = "-----BEGIN KEY-----\nhush: hush==\r\n  'end\n";
      for (const [names, env] of [
        ["p=DB_PASSWORD", { DB_PASSWORD: secret }],
        ["p", { p: secret }],
      ] as const) {
        const { code, stdout } = await runner.run({ template: file, "secret-envs": names, force: "true" }, env);
        assert.equal(code, 0, stdout);
        assert.equal(readFileSync(join(runner.workspace, "out.txt"), "utf8"), secret);
        assert.doesNotMatch(stdout.replace(/^::add-mask::.*$/gm, ""), /hush/);
      }
    });
  });
}

for (const language of LANGUAGES) {
  describe(`secret-envs with ${language.name}`, () => {
    it("refuses a variable that is not set, and shows nothing that may be a secret written in its place", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template);
      const unset = await runner.run({ template: file, "secret-envs": "p=NOT_SET" });
      assert.equal(unset.outputs["outcome"], "invalid");
      assert.match(
        unset.stdout,
        /^::error title=The input "secret-envs" names the environment variable NOT_SET%2C.*\[action\/invalid-input\]/m,
      );
      const value = await runner.run({ template: file, "secret-envs": "A=\np=hush+hush/1" }, { A: "x" });
      assert.equal(value.outputs["outcome"], "invalid");
      assert.doesNotMatch(value.stdout.replace(/^::add-mask::.*$/gm, "") + value.summary, /hush/);
    });
  });

  describe(`an input that is a list with ${language.name}`, () => {
    it("may be written as YAML writes one, in quotes and with a comment", async (t) => {
      const runner = fakeRunner(t);
      const write = (name: string, stem: string): string =>
        writeTemplate(
          runner,
          language,
          { builders: [{ type: "file", name, target: `${name}.txt`, content: "x" }] },
          stem,
        );
      const [one, two, three] = ["one", "two", "three"].map((name) => write(name, `${name} x`));
      const [first, second] = [language.build("one"), language.build("two")];
      const lists = {
        template: `- ${one}\n# not this one\n- '${two}'\n- "${three}"`,
        only: `- ${first}\n- ${second}`,
      };
      const { code, stdout, outputs } = await runner.run(lists);
      assert.equal(code, 0, stdout);
      assert.deepEqual(Object.keys(JSON.parse(outputs["artifact-ids"] ?? "")), [first, second]);
      const odd = write("odd", "- odd");
      const plain = await runner.run({ template: `${one}\n${odd}`, force: "true" });
      assert.equal(plain.code, 0, plain.stdout);
    });
  });

  describe(`an input that the action does not have, with ${language.name}`, () => {
    const unknown: readonly [inputs: Readonly<Record<string, string>>, says: RegExp][] = [
      [{ comand: "validate" }, /has no input "comand".*did you mean "command"\?/],
      [{ tempalte: "t.json" }, /has no input "tempalte".*did you mean "template"\?/],
      [{ variables: "a: 1" }, /has no input "variables".*did you mean "vars"\?/],
      [{ arguments: "-force" }, /has no input "arguments".*Leave it out/],
      [{ command: "build", version: "1.11" }, /has no input "version".*that of the action/],
      [{ command: "biuld", onerror: "abort" }, /has no input "onerror".*did you mean "on-error"\?/],
    ];
    for (const [inputs, says] of unknown) {
      it(`fails the step before anything is built: ${Object.keys(inputs).join(", ")}`, async (t) => {
        const runner = fakeRunner(t);
        const file = writeTemplate(runner, language, given);
        const { code, outputs, stdout } = await runner.run({ template: file, ...inputs });
        assert.deepEqual([code, outputs["outcome"]], [1, "invalid"], stdout);
        assert.match(stdout, new RegExp(`^::error .*${says.source}`, "m"));
        assert.ok(!existsSync(join(runner.workspace, "out.txt")));
      });
    }

    it("is a result of code scanning at the workflow", async (t) => {
      const runner = fakeRunner(t);
      const env = { GITHUB_WORKFLOW_REF: "o/r/.github/workflows/images.yml@refs/heads/main" };
      const template = writeTemplate(runner, language, given);
      await runner.run({ comand: "validate", template, sarif: "found.sarif" }, env);
      const { runs } = JSON.parse(readFileSync(join(runner.workspace, "found.sarif"), "utf8"));
      const [{ ruleId, locations }] = runs[0].results;
      assert.equal(ruleId, "action/unknown-input");
      assert.equal(locations[0].physicalLocation.artifactLocation.uri, ".github/workflows/images.yml");
    });

    it("fails `reap` before anything is removed", async (t) => {
      const runner = fakeRunner(t);
      const { code, stdout } = await runner.run({ command: "reap", dry_run: "true", "older-than": "0s" });
      assert.equal(code, 1);
      assert.match(stdout, /^::error .*did you mean "dry-run"/m);
      assert.doesNotMatch(stdout, /records of runs|Removed/);
    });

    it("is a warning where the workflow says so", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, given);
      const { code, stdout } = await runner.run({ template: file, "unknown-inputs": "warn", exept: "a" });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^::warning .*has no input "exept".*did you mean "except"/m);
    });

    it("is none when it is empty, in small letters, or stands apart from all inputs in the environment", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, given);
      const env = { INPUT_FOO: "", INPUT_bar: "x", SOMETHING: "x", INPUT_COMANDS: "x" };
      const { code, stdout } = await runner.run({ command: "validate", template: file }, env);
      assert.equal(code, 0, stdout);
      assert.doesNotMatch(stdout, /has no input/);
    });

    it("is only warned of where the runner mixes inputs with other variables and the name tells nothing", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, given);
      const mixed = { INPUT_COMMAND: "validate", A: "", INPUT_TEMPLATE: file, B: "", INPUT_COLOUR: "x" };
      const mild = await runner.run({}, mixed);
      assert.equal(mild.code, 0, mild.stdout);
      assert.match(mild.stdout, /^::warning .*has no input "colour"/m);
      const near = await runner.run({}, { ...mixed, INPUT_EXEPT: "x" });
      assert.equal(near.code, 1, near.stdout);
    });
  });

  describe(`values of variables with ${language.name}`, () => {
    it("may be lines of the form NAME=value, and as long as a file", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template);
      const value = `${"v".repeat(50_000)} #1: 'x'`;
      const { code, stdout } = await runner.run({ template: file, vars: `p=${value}` });
      assert.equal(code, 0, stdout.slice(0, 2000));
      assert.equal(readFileSync(join(runner.workspace, "out.txt"), "utf8"), value);
      writeFileSync(join(runner.workspace, "out.txt"), "");
    });
  });
}

for (const language of LANGUAGES) {
  describe(`files of variables with ${language.name}`, () => {
    it("come in every language that the template takes, by name or by pattern, the last one wins", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template);
      const first =
        language.name === "HCL2"
          ? { name: "vars/a.pkrvars.hcl", text: 'p = "a"\n' }
          : { name: "vars/a.json", text: '{"p": "a"}' };
      runner.file(first.name, first.text);
      runner.file("vars/b.yaml", "p: b\n");
      runner.file("vars/c/d.json", '{"p": "d"}');
      const value = async (files: string): Promise<string> => {
        const { code, stdout } = await runner.run({ template: file, "var-files": files, force: "true" });
        assert.equal(code, 0, stdout);
        return readFileSync(join(runner.workspace, "out.txt"), "utf8");
      };
      assert.equal(await value("vars/b.yaml"), "b");
      assert.equal(await value(`vars/b.yaml\n${first.name}`), "a");
      assert.equal(await value("vars/*"), "b");
      assert.equal(await value("vars/**/*.json"), "d");
      const none = await runner.run({ template: file, "var-files": "vars/*.txt" });
      assert.equal(none.outputs["outcome"], "invalid");
      assert.match(none.stdout, /^::error .*No file of variables matches "vars\/\*\.txt" +\[action\/no-var-file\]/m);
    });
  });
}
