// The input template over whole repositories: nothing done is an error, and every template's mistakes are told.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeRunner } from "./action-runner.ts";
import { LANGUAGES, writeTemplate } from "./three-languages.ts";

const OK = 'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n}\n';

/** What builds nothing, so that there is no place to point at. */
const NOTHING_BUILT = {
  JSON: "{}",
  YAML: "{}\n",
  HCL2: 'source "null" "x" {\n  communicator = "none"\n}\n',
};

describe("action/template", () => {
  it("takes the files of one folder for one configuration", async (t) => {
    const runner = fakeRunner(t);
    runner.file("images/web/variables.pkr.hcl", 'variable "a" {\n  default = "x"\n}\n');
    runner.file("images/web/build.pkr.hcl", OK.replace("sources =", "name = var.a\n  sources ="));
    runner.file("images/db/db.pkr.hcl", OK);
    runner.file("images/README.md", "# none\n");
    const { code, stdout, outputs } = await runner.run({
      template: "images/**/*.pkr.hcl\nimages/*",
      command: "validate",
    });
    assert.equal(code, 0, stdout);
    assert.equal(outputs["outcome"], "valid");
    assert.match(stdout, /::notice title=Files that are no templates::[^\n]*images\/README\.md/);
  });

  it("fails a step that formats nothing", async (t) => {
    const runner = fakeRunner(t);
    const empty = await runner.run({ command: "fmt" });
    assert.equal(empty.code, 1, empty.stdout);
    assert.match(empty.stdout, /There is nothing to format/);
    runner.file("a.json", "{}");
    const none = await runner.run({ command: "fmt", template: "*.json*" });
    assert.equal(none.code, 1, none.stdout);
  });

  for (const language of LANGUAGES) {
    it(`names the template in a message, each time: ${language.name}`, async (t) => {
      const runner = fakeRunner(t);
      const files = ["a", "b"].map((name) => {
        runner.file(language.file(name), NOTHING_BUILT[language.name]);
        return language.file(name);
      });
      const { stdout } = await runner.run({ command: "validate", template: files.join("\n") });
      const errors = stdout.split("\n").filter((line) => line.startsWith("::error"));
      for (const file of files) {
        assert.ok(
          errors.some((line) => line.includes(`in ${file}`) || line.includes(`file=${file},`)),
          stdout,
        );
      }
    });

    it(`speaks of inputs, not of flags: ${language.name}`, async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, {
        variables: { zone: null },
        builders: [{ type: "null", name: "a", communicator: "none" }],
      });
      const { stdout } = await runner.run({ command: "validate", template, vars: "zonne: x" });
      assert.doesNotMatch(stdout, /-var\b|command line/);
      // Packer takes names that a template in JSON does not know.
      assert.match(stdout, language.name === "HCL2" ? /Undefined variable in the input vars/ : /^::error .*zone/m);
      assert.match(stdout, /the inputs? vars.*zone: …/);
    });

    it(`checks the others when one path is missing, but builds none: ${language.name}`, async (t) => {
      const runner = fakeRunner(t);
      const target = writeTemplate(runner, language, { builders: [{ type: "file", target: "x", contnet: "y" }] });
      const checked = await runner.run({ command: "validate", template: `gone.json\n${target}` });
      assert.equal(checked.code, 1);
      assert.match(checked.stdout, /There is no template "gone\.json"/);
      assert.match(checked.stdout, /Unsupported option/);
      const built = await runner.run({ template: `gone.json\n${target}` });
      assert.doesNotMatch(built.stdout, /Unsupported option/);
    });

    it(`says which builds a plan leaves out: ${language.name}`, async (t) => {
      const runner = fakeRunner(t);
      const builders = [
        { type: "file", name: "here", target: "x", content: "y" },
        { type: "amazon-ebs", name: "there", region: "eu" },
      ];
      const template = writeTemplate(runner, language, { builders });
      const { code, stdout } = await runner.run({ command: "plan", template });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /::warning [^\n]*A build is not in the plan: (amazon-ebs\.)?there/);
    });
  }
});
