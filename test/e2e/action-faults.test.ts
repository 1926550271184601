// Faults of the program itself: they cost what they touch and nothing else, and are told of as what they are.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { bundle, fakeRunner, type StepResult } from "./action-runner.ts";
import { LANGUAGES, type Template, writeTemplate } from "./three-languages.ts";

/** The environment in which a part of the platform is broken. */
function broken(part: string): Record<string, string> {
  const parts = new URL("broken-parts.ts", import.meta.url).href;
  return { NODE_OPTIONS: `--import=${import.meta.resolve("tsx")} --import=${parts}`, BREAK: part };
}

const template: Template = {
  builders: ["one", "two"].map((name) => ({ type: "file", name, target: `${name}.txt`, content: "x" })),
  provisioners: [{ type: "shell-local", inline: ["echo working; sleep 1; echo done"] }],
};

function assertBug({ code, stdout, outputs }: StepResult, says: RegExp): void {
  assert.equal(code, 1);
  assert.equal(outputs["failure-class"], "bug", stdout);
  assert.equal(stdout.match(/^::error .*\[run\/bug\]/gm)?.length, 1, stdout);
  assert.match(stdout, says);
}

const buildsOf = ({ outputs }: StepResult): string[] =>
  (JSON.parse(outputs["artifacts"] ?? "") as { build: string }[]).map(({ build }) => build).sort();

for (const language of LANGUAGES) {
  const [one, two] = [language.build("one"), language.build("two")];

  describe(`action: a fault of the program in ${language.name}`, () => {
    it("goes on with every build when its log is broken, and hands on what they made", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template);
      const result = await runner.run({ template: file, timestamps: "true", sarif: "found.sarif" }, broken("time"));
      assertBug(result, /fault of the action, not of the template: there is no time/);
      assert.equal(result.outputs["outcome"], "partial");
      assert.deepEqual(buildsOf(result), [one, two]);
      for (const build of [one, two]) {
        assert.match(result.summary, new RegExp(`<code>${build}</code> \\| file \\| ✅ built`));
      }
      const { runs } = JSON.parse(readFileSync(join(runner.workspace, "found.sarif"), "utf8"));
      assert.equal(runs[0].results[0].ruleId, "run/bug");
    });

    it("ends only the build in whose work a callback throws, and cleans up after it", async (t) => {
      const runner = fakeRunner(t);
      const breaking = { type: "shell-local", inline: ["echo break now; sleep 600"], only: ["one"] };
      const file = writeTemplate(runner, language, {
        ...template,
        provisioners: [breaking, ...(template.provisioners ?? [])],
      });
      const result = await runner.run({ template: file }, broken("callback"));
      assertBug(result, /not of the template: the callback broke/);
      assert.equal(result.outputs["outcome"], "partial");
      assert.deepEqual(buildsOf(result), [two]);
      assert.match(result.summary, new RegExp(`<code>${one}</code> \\| file \\| ❌ failed`));
      assert.match(result.summary, new RegExp(`<code>${two}</code> \\| file \\| ✅ built`));
      const post = await runner.post(result);
      assert.equal(post.stdout, "", "nothing is left for the post step");
    });

    it("builds everything and fails when something throws that belongs to no build", async (t) => {
      const runner = fakeRunner(t);
      const result = await runner.run({ template: writeTemplate(runner, language, template) }, broken("timer"));
      assertBug(result, /not of the template: the timer broke/);
      assert.deepEqual(buildsOf(result), [one, two]);
    });
  });
}

describe("command line: a fault of the program", () => {
  it("goes on with every build when its log is broken, and says at the end that it is a bug", (t) => {
    const runner = fakeRunner(t);
    const [json] = LANGUAGES;
    assert.ok(json !== undefined);
    const file = writeTemplate(runner, json, template);
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(bundle(), "cli.js"), "build", "-timestamp-ui", "-detailed-exitcode", file],
      {
        cwd: runner.workspace,
        encoding: "utf8",
        env: { PATH: process.env["PATH"], HOME: runner.home, TMPDIR: runner.temp, ...broken("time") },
      },
    );
    assert.equal(status, 17, stdout);
    assert.match(stdout, /This is a bug in packer-ts: there is no time/);
    for (const name of ["one", "two"]) {
      assert.ok(existsSync(join(runner.workspace, `${name}.txt`)));
    }
  });
});
