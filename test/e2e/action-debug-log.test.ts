// The debug log of a step: in the log, in a file, as a workflow artifact.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { needs } from "../needs.ts";
import { artifactService } from "../servers/artifact-service.ts";
import { fakeRunner, readLog } from "./action-runner.ts";
import { LANGUAGES, type Template, writeTemplate } from "./three-languages.ts";

const SECRET = "hush-hush-hush";

function template(script: string): Template {
  return {
    variables: { s: null },
    "sensitive-variables": ["s"],
    builders: [{ type: "file", name: "a", target: "out.txt", content: "x" }],
    provisioners: [{ type: "shell-local", environment_vars: ["S={{user `s`}}"], inline: [script] }],
  };
}

for (const language of LANGUAGES) {
  describe(`the debug log of the action with ${language.name}`, () => {
    const secret = { "secret-vars": `s: ${SECRET}` };

    it("is in the log of the step with PACKER_LOG=1, where no text is a command", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template("echo '::error::from a script' \"$S\""));
      const plain = await runner.run({ template: file, ...secret });
      const { code, stdout } = await runner.run({ template: file, force: "true", ...secret }, { PACKER_LOG: "1" });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^\d{4}\/\d\d\/\d\d [\d:]{8} .*"type":"build-started"/m);
      assert.match(stdout, /^\d{4}\/\d\d\/\d\d [\d:]{8} ran \["/m);
      assert.doesNotMatch(plain.stdout, /build-started/);
      const commands = readLog(stdout).filter(({ command }) => command !== undefined && command !== "add-mask");
      assert.deepEqual(commands, []);
      assert.ok(!stdout.replace(/^::add-mask::.*$/gm, "").includes(SECRET));
    });

    it("is shown to those who run the job again with debug logging", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template("true"));
      const { stdout } = await runner.run({ template: file, ...secret }, { RUNNER_DEBUG: "1" });
      assert.match(stdout, /^::debug::\d{4}\/.*"type":"build-started"/m);
    });

    it("is a file with PACKER_LOG_PATH, with what builds say and no secret, and an output names it", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template('echo said "$S"; exit 3'));
      const { code, stdout, outputs } = await runner.run({ template: file, ...secret }, { PACKER_LOG_PATH: "p.log" });
      assert.equal(code, 1);
      assert.equal(outputs["log-path"], join(runner.workspace, "p.log"));
      const log = readFileSync(join(runner.workspace, "p.log"), "utf8");
      assert.match(log, /ui: \S+: said <sensitive>/);
      assert.match(log, /"type":"build-ended"/);
      assert.ok(!log.includes(SECRET));
      assert.doesNotMatch(stdout, /build-ended/);
    });
  });
}

for (const language of LANGUAGES) {
  describe(`the debug log as a workflow artifact with ${language.name}`, () => {
    it("is uploaded when the step fails, and only then", async (t) => {
      if (!needs(t, "unzip")) {
        return;
      }
      const service = await artifactService(t);
      const runner = fakeRunner(t);
      const inputs = { "upload-log": "failure", "secret-vars": `s: ${SECRET}`, force: "true" };
      const good = writeTemplate(runner, language, template("true"), "good");
      const bad = writeTemplate(runner, language, template("echo said; exit 3"), "bad");
      const well = await runner.run({ ...inputs, template: good }, service.env);
      assert.equal(well.code, 0, well.stdout);
      assert.equal(service.archives.size, 0);
      const failed = await runner.run({ ...inputs, template: bad }, { ...service.env, GITHUB_JOB: "images" });
      assert.equal(failed.code, 1);
      const [[name, archive] = ["", Buffer.alloc(0)]] = service.archives;
      assert.match(name, /^packer-log-images-[0-9a-f]{8}$/);
      assert.match(failed.outputs["log-url"] ?? "", /\/actions\/runs\/77\/artifacts\/1$/);
      writeFileSync(join(runner.temp, "a.zip"), archive);
      const log = execFileSync("unzip", ["-p", join(runner.temp, "a.zip")], { encoding: "utf8" });
      assert.match(log, /ui: \S+: said/);
      await runner.run({ ...inputs, "upload-log": "always", template: good }, service.env);
      assert.equal(service.archives.size, 2);
    });

    it("stays on the runner where there is no artifact service, and the log says where", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template("exit 3"));
      const { outputs, stdout } = await runner.run({ template: file, "upload-log": "failure", "secret-vars": "s: x" });
      const path = outputs["log-path"] ?? "";
      assert.ok(existsSync(path));
      assert.match(
        stdout,
        /^::warning .*The debug log was not uploaded from .*: this runner has no artifact service +\[action\/no-artifact-service\]/m,
      );
      assert.ok(stdout.includes(path));
    });

    it("ends the step before anything is built when it cannot be written", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, template("true"));
      const inputs = { template: file, "secret-vars": "s: x" };
      const { code, stdout, outputs } = await runner.run(inputs, { PACKER_LOG_PATH: "no/such/folder/p.log" });
      assert.deepEqual([code, outputs["failure-class"]], [1, "environment"], stdout);
      assert.match(stdout, /^::error .*The log file .*p\.log cannot be written.*PACKER_LOG_PATH/m);
      assert.ok(!existsSync(join(runner.workspace, "out.txt")));
    });
  });

  describe(`without an artifact service, with ${language.name}`, () => {
    it("nothing is uploaded, a warning says so, and the step goes well: whatever was to be uploaded", async (t) => {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, language, {
        builders: [{ type: "file", name: "a", target: "out.txt", content: "x" }],
      });
      for (const inputs of [{ "upload-artifacts": "true" }, { "result-artifact": "r" }, { "upload-log": "always" }]) {
        const { code, stdout, outputs } = await runner.run({ template: file, force: "true", ...inputs });
        assert.deepEqual([code, outputs["outcome"], outputs["failure-class"]], [0, "built", ""], stdout);
        const said = /^::warning .*no artifact service.*did not set ACTIONS_RUNTIME_TOKEN.*--artifact-server-path/m;
        assert.match(stdout, said);
        assert.ok(existsSync(outputs["result-path"] ?? ""));
      }
    });
  });
}
