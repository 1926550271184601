// The input template over whole repositories: nothing done is an error, and every template's mistakes are told.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeRunner } from "./action-runner.ts";
import { LANGUAGES, writeTemplate } from "./three-languages.ts";

const OK = 'source "null" "a" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.a"]\n}\n';

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

  it("names the template in a message without a place, each time", async (t) => {
    const runner = fakeRunner(t);
    for (const name of ["a", "b"]) {
      runner.file(`${name}.pkr.hcl`, 'source "null" "x" {\n  communicator = "none"\n}\n');
    }
    const { stdout } = await runner.run({ command: "validate", template: "a.pkr.hcl\nb.pkr.hcl" });
    for (const name of ["a", "b"]) {
      assert.match(stdout, new RegExp(`Missing build block[^\\n]*in ${name}\\.pkr\\.hcl`));
    }
  });

  it("speaks of inputs, not of flags", async (t) => {
    const runner = fakeRunner(t);
    runner.file("a.pkr.hcl", `variable "zone" {}\n${OK}`);
    const { stdout } = await runner.run({ command: "validate", template: "a.pkr.hcl", vars: "zonne: x" });
    assert.doesNotMatch(stdout, /-var\b|command line/);
    assert.match(stdout, /Undefined variable in the input vars/);
    assert.match(stdout, /the input vars \("zone: …"\)/);
  });

  for (const language of LANGUAGES) {
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
