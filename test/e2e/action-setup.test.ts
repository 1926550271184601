// `command: setup`: scripts and Makefiles of later steps call the program by its name.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type FakeRunner, fakeRunner, type StepResult } from "./action-runner.ts";
import { LANGUAGES, type Template, writeTemplate } from "./three-languages.ts";

/** What the runner does for a later `run:` step: its folders come before all others, and no network is there. */
function runLater(
  runner: FakeRunner,
  { environment }: StepResult,
  script: string,
): { readonly code: number | null; readonly output: string } {
  const folders = environment.split("\n").filter((line) => line !== "");
  // No other Node and no Packer of the machine.
  const path = [...folders, "/usr/bin", "/bin"].join(":");
  const env = { PATH: path, HOME: runner.home, TMPDIR: runner.temp, RUNNER_TEMP: runner.temp };
  const offline = spawnSync("unshare", ["-rn", "true"]).status === 0 ? ["unshare", "-rn"] : [];
  const [program = "", ...args] = [...offline, "sh", "-ec", script];
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: runner.workspace, env, encoding: "utf8" });
  return { code: status, output: stdout + stderr };
}

const good: Template = { builders: [{ type: "file", name: "a", target: "out.txt", content: "x" }] };
const bad: Template = { builders: [{ type: "file", name: "a", target: "out.txt", contnet: "x" }] };

describe("setup", () => {
  it("gives later steps packer-ts, with its version as an output, and nothing else", async (t) => {
    const runner = fakeRunner(t);
    const step = await runner.run({ command: "setup" });
    assert.equal(step.code, 0, step.stdout);
    assert.equal(step.outputs["outcome"], "done");
    const { code, output } = runLater(runner, step, "packer-ts version");
    assert.equal(code, 0, output);
    assert.ok(output.includes(`(packer-ts v${step.outputs["version"]})`), output);
    const [folder = ""] = step.environment.trim().split("\n");
    assert.ok(existsSync(join(folder, "packer-ts")));
    assert.ok(!existsSync(join(folder, "packer")));
  });

  it("fails the step when it cannot write what later steps need", async (t) => {
    const runner = fakeRunner(t);
    runner.file("no-folder", "");
    const temp = join(runner.workspace, "no-folder");
    const { code, stdout } = await runner.run({ command: "setup" }, { RUNNER_TEMP: temp });
    assert.equal(code, 1, stdout);
    assert.match(
      stdout,
      /^::error title=packer-ts could not be put on the PATH.*\[action\/not-on-path\].*RUNNER_TEMP/m,
    );
  });

  for (const language of LANGUAGES) {
    it(`lets a Makefile that calls packer go on working, with its exit status (${language.name})`, async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, good);
      const broken = writeTemplate(runner, language, bad, "bad");
      runner.file("Makefile", `all:\n\tpacker validate ${file}\n\tpacker build -force ${file}\n`);
      const step = await runner.run({ command: "setup", "as-packer": "true" });
      assert.equal(step.code, 0, step.stdout);
      const made = runLater(runner, step, "make all");
      assert.equal(made.code, 0, made.output);
      assert.ok(existsSync(join(runner.workspace, "out.txt")));
      const failed = runLater(runner, step, `packer validate ${broken}`);
      assert.equal(failed.code, 1, failed.output);
      assert.match(failed.output, /did you mean "?content/);
    });
  }

  for (const language of LANGUAGES) {
    it(`takes arguments with blanks and quotes, and standard input as they are (${language.name})`, async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, { variables: { a: "" }, ...good });
      const step = await runner.run({ command: "setup", "as-packer": "true" });
      const asked = language.name === "HCL2" ? "var.a" : "{{user `a`}}";
      const script = `printf '%s\\n' '${asked}' | packer console -var "a=it's \\"x\\" \\$HOME *" ${file}`;
      const { output } = runLater(runner, step, script);
      assert.ok(output.includes(`it's "x" $HOME *`), output);
    });
  }

  it("takes a folder of HCL2", async (t) => {
    const runner = fakeRunner(t);
    runner.file("v.pkr.hcl", 'source "null" "x" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.x"]\n}\n');
    const step = await runner.run({ command: "setup", "as-packer": "true" });
    const whole = runLater(runner, step, "packer validate .");
    assert.equal(whole.code, 0, whole.output);
  });

  it("fails where the runner cannot be told", async (t) => {
    const runner = fakeRunner(t);
    const { code, stdout } = await runner.run({ command: "setup" }, { GITHUB_PATH: "" });
    assert.equal(code, 1);
    assert.match(stdout, /^::error .*could not be put on the PATH.*The runner did not set GITHUB_PATH/m);
  });
});
