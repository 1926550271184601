// The action from outside: what a workflow sees of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fakeRunner, readLog } from "./action-runner.ts";
import { LANGUAGES, type Part, placeOf, type Template, writeTemplate } from "./three-languages.ts";

/** A build that makes a file. */
function fileBuilder(name: string, content = "hello"): Part {
  return { type: "file", name, target: `out/${name}.txt`, content };
}

function script(...lines: readonly string[]): Part {
  return { type: "shell-local", inline: lines };
}

function artifactsOf(runner: {
  readonly outputs: Readonly<Record<string, string>>;
}): { build: string; files: { path: string; size: number; sha256: string }[] }[] {
  return JSON.parse(runner.outputs["artifacts"] ?? "");
}

/** Three builds with four provisioners each, all printing at the same time. */
function threeTimesFour(): Template {
  const names = ["one", "two", "three"];
  const lines = ['for i in 1 2 3 4 5 6; do echo "$PACKER_BUILD_NAME line $i"; sleep 0.02; done'];
  return { builders: names.map((name) => fileBuilder(name)), provisioners: [1, 2, 3, 4].map(() => script(...lines)) };
}

const languages = LANGUAGES.map((language) => [language.name, language] as const);

for (const [name, language] of languages) {
  describe(`action with ${name}`, () => {
    it("validates a template", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, { builders: [fileBuilder("a")] });
      const { code, outputs, stdout } = await runner.run({ command: "validate", template });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /The configuration is valid\./);
      assert.equal(outputs["outcome"], "valid");
      assert.equal(outputs["failure-class"], "");
    });

    it("points at the line and column of a mistake and says what to do", async (t) => {
      const runner = fakeRunner(t);
      const wrong: Template = { builders: [{ type: "file", target: "x", contnet: "y" }] };
      writeTemplate(runner, language, wrong, "images/t");
      const template = language.file("t");
      const { code, outputs, stdout, summary } = await runner.run({
        command: "validate",
        template,
        "working-directory": "images",
      });
      assert.equal(code, 1);
      const { line, column, endColumn } = placeOf(language.print(wrong), language.option("contnet"));
      const place = `file=images/${template},line=${line},endLine=${line},col=${column},endColumn=${endColumn}`;
      assert.ok(stdout.includes(`::error title=Unsupported option [option/unknown],${place}::`), stdout);
      assert.match(stdout, /did you mean "content"\?/);
      assert.equal(outputs["outcome"], "invalid");
      assert.equal(outputs["failure-class"], "template");
      assert.match(summary, /Unsupported option/);
    });

    it("hands on artifacts with size and checksum, also when another build failed", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, {
        builders: [fileBuilder("good"), fileBuilder("bad"), fileBuilder("fine", "1")],
        provisioners: [{ ...script("echo about to fail; exit 3"), only: ["bad"] }],
      });
      const { code, outputs, stdout, summary } = await runner.run({ template });
      const [fine, good] = [language.build("fine"), language.build("good")];
      assert.equal(code, 1);
      assert.equal(outputs["outcome"], "partial");
      assert.equal(outputs["failure-class"], "provisioner");
      assert.equal(readFileSync(outputs["artifacts-path"] ?? "", "utf8"), `${outputs["artifacts"]}\n`);
      const files = artifactsOf({ outputs }).flatMap((artifact) => artifact.files.map(({ path }) => path));
      assert.deepEqual(JSON.parse(outputs["files"] ?? ""), files);
      const artifacts = artifactsOf({ outputs });
      assert.deepEqual(artifacts.map(({ build }) => build).sort(), [fine, good]);
      assert.deepEqual(artifacts.find(({ build }) => build === good)?.files, [
        { path: "out/good.txt", size: 5, sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" },
      ]);
      assert.deepEqual(Object.keys(JSON.parse(outputs["artifact-ids"] ?? "")).sort(), [fine, good]);
      const manifest = JSON.parse(readFileSync(outputs["manifest-path"] ?? "", "utf8"));
      assert.equal(manifest.builds.length, 2);
      assert.match(stdout, /^::error .*Its last lines:.*about to fail/m);
      assert.match(summary, /❌ failed/);
      assert.match(summary, /```mermaid\ngantt/);
    });

    it("keeps every line of three parallel builds in a group of its own build", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, threeTimesFour());
      const { code, stdout } = await runner.run({ template });
      assert.equal(code, 0, stdout);
      const lines = readLog(stdout).filter(({ text }) => / line \d$/.test(text));
      assert.equal(lines.length, 3 * 4 * 6);
      for (const { text, group } of lines) {
        assert.equal(group?.split(":")[0], language.build(text.split(" ")[0] ?? ""), text);
      }
      const groups = new Set(readLog(stdout).flatMap(({ group }) => (group?.includes("provisioner") ? [group] : [])));
      assert.equal(groups.size, 3);
      assert.equal(stdout.split(`\n::group::${language.build("one")}: provisioner`).length - 1, 4);
    });

    it("takes no commands from what a provisioner prints or a template is called", async (t) => {
      const runner = fakeRunner(t);
      const hostile = [
        "::set-output name=outcome::hacked",
        "  ::add-path::/evil",
        "::stop-commands::x",
        "::endgroup::",
        "text ##[set-env name=A]b",
        "\u001b[0m::error::forged",
        "\u200b::warning::forged",
        ":\u200b:warning::forged",
        "overwritten\r::add-mask::e",
        "##[group]forged",
      ];
      runner.file("lines.txt", `${hostile.join("\n")}\n`);
      const name = "::error::na,me 'q\" ##[error]🎉";
      const builders = [{ ...fileBuilder("x"), name }];
      const template = writeTemplate(runner, language, {
        builders,
        provisioners: [script("cat lines.txt; cat lines.txt >&2")],
      });
      const { code, outputs, stdout, environment } = await runner.run({ template });
      assert.equal(code, 0, stdout);
      const commands = readLog(stdout).filter(({ command }) => command !== undefined);
      assert.deepEqual(commands, []);
      assert.equal(outputs["outcome"], "built");
      assert.equal(environment, "");
      assert.match(stdout, /:\\:set-output name=outcome::hacked/);
    });

    it("gives scripts no way to the runner's files and tokens", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, {
        variables: { a: null },
        builders: [fileBuilder("a")],
        provisioners: [script("env | sort")],
      });
      const { stdout } = await runner.run(
        { template, vars: "a: secretish" },
        { ACTIONS_RUNTIME_TOKEN: "runtime-token", GITHUB_SHA: "abc" },
      );
      assert.match(stdout, /^GITHUB_SHA=abc$/m);
      assert.doesNotMatch(stdout, /^(GITHUB_(OUTPUT|STATE|ENV|PATH|STEP_SUMMARY)|INPUT_|ACTIONS_RUNTIME_TOKEN)/m);
    });

    it("reads variables as they are written, from YAML and JSON", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, {
        variables: { version: null, name: null, list: "" },
        builders: [{ type: "file", target: "out.txt", content: "{{user `version`}} {{user `name`}} {{user `list`}}" }],
      });
      // A variable of HCL2 has a type, and a list is no text.
      const list = name === "HCL2" ? '"[1, x]"' : '[1, "x"]';
      for (const vars of [
        `version: 1.10\nname: "a: b's"\nlist: ${list}`,
        `{"version": 1.10, "name": "a: b's", "list": ${list}}`,
      ]) {
        const { code, stdout } = await runner.run({ template, vars });
        assert.equal(code, 0, stdout);
        const made = readFileSync(join(runner.workspace, "out.txt"), "utf8");
        assert.equal(made, name === "HCL2" ? "1.10 a: b's [1, x]" : `1.10 a: b's [1,"x"]`);
      }
    });

    it("runs several templates and combines their results", async (t) => {
      const runner = fakeRunner(t);
      const a = writeTemplate(runner, language, { builders: [fileBuilder("a")] }, "images/a");
      const b = writeTemplate(runner, language, { builders: [fileBuilder("b"), fileBuilder("c")] }, "images/sub/b");
      const all = await runner.run({ template: language.file("images/**/*") });
      assert.equal(all.code, 0, all.stdout);
      assert.deepEqual(
        artifactsOf(all).map(({ build }) => build),
        ["a", "b", "c"].map((build) => language.build(build)),
      );
      const some = await runner.run({ template: `${a}\n${b}`, only: language.build("c") });
      assert.equal(some.code, 0, some.stdout);
      assert.deepEqual(
        artifactsOf(some).map(({ build }) => build),
        [language.build("c")],
      );
      const none = await runner.run({ template: language.file("images/**/*"), only: `${language.build("c")}, bb1` });
      assert.equal(none.code, 1);
      assert.equal(none.outputs["outcome"], "invalid");
      assert.match(none.stdout, /No build is named "bb1"/);
      assert.deepEqual(artifactsOf(none), []);
    });

    it("makes ten annotations of twenty-five mistakes and lists the rest", async (t) => {
      const runner = fakeRunner(t);
      const mistakes = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`nonsense_${i}`, i]));
      const template = writeTemplate(runner, language, { builders: [{ ...fileBuilder("a"), ...mistakes }] });
      const { stdout, summary } = await runner.run({ template, command: "validate" });
      assert.equal(stdout.match(/^::error /gm)?.length, 10);
      assert.match(stdout, /15 more messages/);
      assert.match(stdout, /nonsense_24/);
      assert.match(summary, /Errors: 25/);
      assert.match(summary, /15 of all messages/);
    });

    it("leaves the summary out when it is not wanted", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, { builders: [fileBuilder("a")] });
      assert.equal((await runner.run({ template, summary: "false" })).summary, "");
    });

    it("writes every message to a SARIF file on request, with its exact place", async (t) => {
      const runner = fakeRunner(t);
      const wrong: Template = { builders: [{ type: "file", target: "x", contnet: "y" }] };
      writeTemplate(runner, language, wrong, "images/a b");
      const inputs = {
        command: "validate",
        template: language.file("a b"),
        "working-directory": "images",
        sarif: "../found.sarif",
      };
      assert.equal((await runner.run(inputs)).code, 1);
      const { version, runs } = JSON.parse(readFileSync(join(runner.workspace, "found.sarif"), "utf8"));
      assert.equal(version, "2.1.0");
      const found = runs[0].results.find(({ ruleId }: { ruleId: string }) => ruleId === "option/unknown");
      assert.match(found.message.text, /did you mean "content"/);
      assert.equal(runs[0].tool.driver.rules[found.ruleIndex].id, "option/unknown");
      const { line, column, endColumn } = placeOf(language.print(wrong), language.option("contnet"));
      assert.deepEqual(found.locations[0].physicalLocation, {
        artifactLocation: { uri: language.file("images/a%20b"), uriBaseId: "%SRCROOT%" },
        region: { startLine: line, startColumn: column, endLine: line, endColumn: endColumn + 1 },
      });
    });

    it("removes what an earlier job on the same machine left when asked to reap", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, {
        builders: [fileBuilder("a")],
        provisioners: [script("echo working; sleep 600")],
      });
      const step = runner.start({ template });
      await step.says("working");
      step.child.kill("SIGKILL");
      await step.ended;
      const young = await runner.run({ command: "reap" });
      assert.match(young.stdout, /What 1 run left behind is not old enough yet/);
      const { code, outputs, stdout } = await runner.run({ command: "reap", "older-than": "0s" });
      assert.equal(code, 0, stdout);
      assert.equal(outputs["outcome"], "done");
      assert.ok(stdout.includes(`Removed the temporary folder of build '${language.build("a")}'`), stdout);
    });
  });
}

for (const [name, language] of languages) {
  describe(`the inputs and files of the action with ${name}`, () => {
    const file = language.file("t");
    const files = language.file("*");
    const wrong: readonly [what: string, inputs: Record<string, string>, says: string][] = [
      ["a command that does not exist", { command: "biuld" }, '"command" is "biuld".*did you mean "build"'],
      ["a question where nobody is", { "on-error": "ask" }, '"on-error" cannot be "ask"'],
      ["a misspelt choice", { "on-error": "clenup" }, '"on-error" is "clenup".*did you mean "cleanup"'],
      ["a number that is none", { "parallel-builds": "many" }, "parallel-builds"],
      ["a truth value that is none", { force: "ye" }, "force"],
      ["variables that are no map", { vars: "- a\n- b" }, '"vars" is not a map.*list of names'],
      [
        "runners that are a list",
        { command: "plan", runners: "- web" },
        "no dash before it.*one build a line with the",
      ],
      ["variables that are no YAML", { vars: "a: [1" }, '"vars" is not a map'],
      ["the same variable twice", { vars: "a: 1\na: 2" }, "Line 2: a name was expected that was not given before"],
      [
        "a template that is not there",
        { template: `t${file}` },
        `There is no template "t${file}".*did you mean "${file}"`,
      ],
      [
        "a pattern that matches nothing",
        { template: `x/${files}` },
        `No file matches "x/[*]${language.file("")}".*${file}`,
      ],
      ["a folder that is not there", { "working-directory": "nowhere" }, "working directory nowhere"],
    ];
    for (const [what, inputs, says] of wrong) {
      it(`explains ${what}`, async (t) => {
        const runner = fakeRunner(t);
        const template = writeTemplate(runner, language, { builders: [fileBuilder("a")] });
        const { code, outputs, stdout, stderr } = await runner.run({ template, ...inputs });
        assert.equal(code, 1);
        assert.match(stdout, new RegExp(`^::error.*${says}`, "m"));
        assert.equal(outputs["outcome"], "invalid");
        assert.equal(stderr, "");
      });
    }

    it("warns of inputs that the command does not take, if they ask for anything", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, { builders: [fileBuilder("a")] });
      const ours = { "upload-artifacts": "true", "cache-downloads": "true", "retention-days": "3", attest: "true" };
      const inputs = { template, command: "validate", force: "true", ...ours };
      const { code, stdout } = await runner.run({ ...inputs, "result-artifact": "", "pull-request-plan": "off" });
      assert.equal(code, 0);
      const named = [
        ...stdout.matchAll(/^::warning title=The input "([^"]*)" has no effect \[action\/unused-input\]/gm),
      ].map(([, name]) => name);
      assert.deepEqual(named.toSorted(), ["attest", "cache-downloads", "force", "retention-days", "upload-artifacts"]);
      const { stdout: none } = await runner.run({ ...inputs, force: "", attest: "false", "upload-artifacts": "false" });
      assert.doesNotMatch(none, /"(force|attest|upload-artifacts)" has no effect/);
    });

    for (const file of ["GITHUB_OUTPUT", "GITHUB_STATE"]) {
      it(`says that the file of ${file} cannot be used, without a stack trace`, async (t) => {
        const runner = fakeRunner(t);
        const template = writeTemplate(runner, language, { builders: [fileBuilder("a")] });
        const { code, stdout, stderr } = await runner.run({ template }, { [file]: runner.workspace });
        assert.equal(code, 1);
        assert.match(stdout, /^::error::The runner's files cannot be used: EISDIR/m);
        assert.doesNotMatch(stdout + stderr, /^ {4}at /m);
      });
    }

    it("builds all the same when the summary cannot be written", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, { builders: [fileBuilder("a")] });
      const { code, outputs, stdout } = await runner.run({ template }, { GITHUB_STEP_SUMMARY: runner.workspace });
      assert.equal(code, 0, stdout);
      assert.equal(outputs["outcome"], "built");
      assert.match(stdout, /The summary could not be written/);
    });

    it("works where there is no runner at all", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, { builders: [fileBuilder("a")] });
      const none = {
        GITHUB_OUTPUT: "",
        GITHUB_STATE: "",
        GITHUB_STEP_SUMMARY: "",
        RUNNER_TEMP: "",
        GITHUB_WORKSPACE: "",
      };
      const { code, stdout } = await runner.run({ template }, none);
      assert.equal(code, 0, stdout);
      assert.match(stdout, new RegExp(`Build '${language.build("a")}' finished`));
    });
  });
}
