// Plugins in a workflow: their output in groups, their mistakes as annotations, and which of them are fetched.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { needs } from "../needs.ts";
import { buildPeer, installPeer } from "../plugins/peer.ts";
import { pluginRegistry, publishOnGitHub } from "../servers/plugin-registry.ts";
import { fakeRunner, readLog } from "./action-runner.ts";
import { LANGUAGES, placeOf, writeTemplate } from "./three-languages.ts";

const machine = { type: "peer-machine", name: "m", folder: "machine" };

const requirement = [
  "packer {",
  "  required_plugins {",
  '    peer = { version = ">= 1.0.0", source = "github.com/me/peer" }',
  "  }",
  "}",
  'source "peer-machine" "m" {',
  '  folder = "machine"',
  "}",
  "build {",
  '  sources = ["source.peer-machine.m"]',
  "}",
  "",
].join("\n");

for (const language of LANGUAGES) {
  describe(`plugins in a workflow with ${language.name}`, { timeout: 120_000 }, () => {
    it("show the output of their provisioners in groups, and hand on their artifacts", async (t) => {
      if (!needs(t, "go")) {
        return;
      }
      const runner = fakeRunner(t);
      const { root } = installPeer(t, "protobuf");
      const template = writeTemplate(runner, language, {
        builders: [machine],
        provisioners: [
          { type: "peer-steps", run: ["echo from the plugin"] },
          { type: "shell", inline: ["echo from the shell > disk; cat disk"] },
        ],
      });
      const { code, stdout, outputs, summary } = await runner.run({ template }, { PACKER_PLUGIN_PATH: root });
      assert.equal(code, 0, stdout);
      const said = readLog(stdout).find(({ text }) => text.includes("from the plugin"));
      assert.match(said?.group ?? "in no group", /peer-steps/);
      const [artifact] = JSON.parse(outputs["artifacts"] ?? "[]");
      assert.deepEqual([artifact.id, artifact.files[0].path], ["machine-1", "machine/disk"]);
      assert.match(summary, /peer-steps/);
    });

    it("have their options checked, each mistake at its place", async (t) => {
      if (!needs(t, "go")) {
        return;
      }
      const runner = fakeRunner(t);
      const { root } = installPeer(t, "gob");
      const wrong = { builders: [{ ...machine, cuont: 3 }] };
      const template = writeTemplate(runner, language, wrong);
      const { code, stdout } = await runner.run({ command: "validate", template }, { PACKER_PLUGIN_PATH: root });
      assert.equal(code, 1, stdout);
      const { line, column, endColumn } = placeOf(language.print(wrong), language.option("cuont"));
      const place = `file=${template},line=${line},endLine=${line},col=${column},endColumn=${endColumn}`;
      assert.ok(stdout.includes(`::error title=Unsupported option [option/unknown],${place}::`), stdout);
    });

    it("remove their machine when the job is cancelled, also when the step is not given the time", async (t) => {
      if (!needs(t, "go")) {
        return;
      }
      const runner = fakeRunner(t);
      const { root } = installPeer(t, "protobuf");
      const provisioners = [{ type: "shell", inline: ["echo it runs; sleep 60"] }];
      const template = writeTemplate(runner, language, { builders: [machine], provisioners });
      const env = { PACKER_PLUGIN_PATH: root };
      const step = runner.start({ template }, env);
      await step.says("it runs");
      assert.ok(existsSync(join(runner.workspace, "machine/running")));
      step.child.kill("SIGKILL");
      const post = await runner.post(await step.ended, env);
      for (let tries = 0; tries < 100 && existsSync(join(runner.workspace, "machine/running")); tries++) {
        await wait(50);
      }
      assert.equal(existsSync(join(runner.workspace, "machine/running")), false, post.stdout);
    });
  });
}

describe("plugins that are not there", { timeout: 120_000 }, () => {
  it("are fetched by build and left out by validate, unless the workflow says otherwise", async (t) => {
    if (!needs(t, "go", "zip")) {
      return;
    }
    const runner = fakeRunner(t);
    const registry = await pluginRegistry(t);
    publishOnGitHub(registry, "me", [{ version: "1.2.3", program: readFileSync(buildPeer("protobuf")) }]);
    runner.file("t.pkr.hcl", requirement);
    const env = { ...registry.env, PACKER_PLUGIN_PATH: join(runner.temp, "plugins") };
    const run = (inputs: Record<string, string>) => runner.run({ template: "t.pkr.hcl", ...inputs }, env);
    const validated = await run({ command: "validate" });
    assert.equal(validated.code, 1, validated.stdout);
    assert.match(validated.stdout, /Unknown builder "peer-machine"/);
    assert.match(validated.stdout, /requires the plugin github\.com\/me\/peer >= 1\.0\.0/);
    assert.equal(registry.asked.length, 0, "validate has asked for a plugin");
    const none = await run({ plugins: "none" });
    assert.equal(none.code, 1, none.stdout);
    assert.equal(registry.asked.length, 0, "a plugin was asked for where none is wanted");
    const built = await run({ "github-token": "ghs_ofthejob" });
    assert.equal(built.code, 0, built.stdout);
    assert.ok(registry.asked.some(({ authorization }) => authorization === "Bearer ghs_ofthejob"));
    assert.doesNotMatch(built.stdout.replaceAll("::add-mask::ghs_ofthejob", ""), /ghs_ofthejob/);
    const again = registry.asked.length;
    assert.equal((await run({ command: "validate" })).code, 0);
    assert.equal(registry.asked.length, again, "what is there was asked for again");
  });

  it("are installed by init, as in workflows that come from Packer", async (t) => {
    if (!needs(t, "go", "zip")) {
      return;
    }
    const runner = fakeRunner(t);
    const registry = await pluginRegistry(t);
    publishOnGitHub(registry, "me", [{ version: "1.2.3", program: readFileSync(buildPeer("gob")) }]);
    runner.file("t.pkr.hcl", requirement);
    const env = { ...registry.env, PACKER_PLUGIN_PATH: join(runner.temp, "plugins") };
    const { code, stdout, outputs } = await runner.run({ command: "init", template: "t.pkr.hcl" }, env);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /Installed plugin github\.com\/me\/peer v1\.2\.3/);
    assert.equal(outputs["outcome"], "done");
  });

  it("stop the step, and name what could not be fetched", async (t) => {
    const runner = fakeRunner(t);
    const registry = await pluginRegistry(t);
    runner.file("t.pkr.hcl", requirement);
    const env = { ...registry.env, PACKER_PLUGIN_PATH: join(runner.temp, "plugins") };
    const { code, stdout } = await runner.run({ template: "t.pkr.hcl" }, env);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /answered 404/);
    assert.match(stdout, /file=t\.pkr\.hcl,line=6/);
  });
});
