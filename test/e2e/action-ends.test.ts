// Ends of the action that nobody planned: a hang-up, a log or the runner's files on a full disk. Nothing stays behind.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, it, type TestContext } from "node:test";
import { folderWith } from "../packer-ts.ts";
import { baseImage } from "../servers/docker-fixture.ts";
import { bundle, type FakeRunner, fakeRunner, processesWith } from "./action-runner.ts";
import { LANGUAGES, type Language, type Template, writeTemplate } from "./three-languages.ts";

const talking =
  "i=0; while [ $i -lt 5000 ]; do echo this is line number $i of many; i=$((i+1)); done; echo working; sleep 600";

/** Several builds, so that what they say waits for its turn. */
function build(inline: string, count = 1): Template {
  const builders = Array.from({ length: count }, (_, i) => ({
    type: "file",
    name: `b${i}`,
    target: `out${i}.txt`,
    content: "x",
  }));
  return { builders, provisioners: [{ type: "shell-local", inline: [inline] }] };
}

function leftIn(runner: FakeRunner): string[] {
  const entriesOf = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
  const isLeft = (name: string): boolean =>
    !/^packer-(artifacts|manifest|result)-/.test(name) && !/^packer-ts-journal-\d+$/.test(name);
  const journals = entriesOf(join(runner.temp, `packer-ts-journal-${process.getuid?.() ?? 0}`));
  return [
    ...entriesOf(runner.temp).filter(isLeft),
    ...journals,
    ...processesWith(runner.temp).map(({ command }) => command),
  ];
}

function smallDisk(t: TestContext): string | undefined {
  const disk = join(folderWith(t, { "disk/here": "" }), "disk");
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]).status !== 0) {
    return undefined;
  }
  mounted.push(disk);
  return disk;
}

const mounted: string[] = [];

describe("action/ends", () => {
  // Before the folders go in which they lie.
  afterEach(() => void spawnSync("umount", ["-l", ...mounted.splice(0)]));

  const signals = LANGUAGES.flatMap((language) =>
    (["SIGHUP", "SIGQUIT"] as const).map((signal) => ({ language, signal })),
  );
  for (const { language, signal } of signals) {
    it(`cleans up after ${signal} and says that it was cancelled (${language.name})`, async (t) => {
      const runner = fakeRunner(t);
      const step = runner.start({ template: writeTemplate(runner, language, build("echo working; sleep 600")) });
      await step.says("working");
      step.child.kill(signal);
      step.child.kill(signal);
      const { code, outputs } = await step.ended;
      assert.deepEqual([code, outputs["outcome"]], [1, "cancelled"]);
      assert.deepEqual(leftIn(runner), []);
    });
  }

  it("removes in the post step although it is asked to end, or its terminal is gone", async (t) => {
    for (const [i, language] of LANGUAGES.entries()) {
      const signal = i % 2 === 0 ? "SIGHUP" : "SIGTERM";
      const runner = fakeRunner(t);
      const stubborn = build("echo working; trap '' TERM; sleep 600 & wait");
      const step = runner.start({ template: writeTemplate(runner, language, stubborn) });
      await step.says("working");
      step.child.kill("SIGKILL");
      const main = await step.ended;
      const state = Object.fromEntries(Object.entries(main.state).map(([name, value]) => [`STATE_${name}`, value]));
      const env = {
        PATH: process.env["PATH"],
        HOME: runner.home,
        TMPDIR: runner.temp,
        RUNNER_TEMP: runner.temp,
        ...state,
      };
      const full = openSync("/dev/full", "w");
      const post = spawn(process.execPath, [join(bundle(), "post.js")], {
        cwd: runner.workspace,
        env,
        stdio: ["ignore", full, full],
      });
      closeSync(full);
      setTimeout(() => post.kill(signal), 1000);
      await new Promise((resolve) => post.once("exit", resolve));
      assert.deepEqual(leftIn(runner), []);
    }
  });

  it("names in the post step what could not be removed", async (t) => {
    const runner = fakeRunner(t);
    const [language] = LANGUAGES;
    assert.ok(language !== undefined);
    const image = baseImage(t);
    if (image === undefined) {
      return;
    }
    const step = runner.start({
      template: writeTemplate(runner, language, {
        builders: [{ type: "docker", image, pull: false, discard: true }],
        provisioners: [{ type: "shell", inline: ["echo working; sleep 600"] }],
      }),
    });
    await step.says("working");
    step.child.kill("SIGKILL");
    const main = await step.ended;
    const { code, stdout } = await runner.post(main, { DOCKER_HOST: "tcp://127.0.0.1:1" });
    // The engine is there again for the next one who looks.
    assert.equal((await runner.post(main)).code, 0);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /^::error title=Left behind \[action\/left-behind\]::Could not remove the container/m);
    assert.deepEqual(leftIn(runner), []);
  });

  it("a log on a full disk ends in one message, with everything removed", async (t) => {
    const disk = smallDisk(t);
    if (disk === undefined) {
      return t.skip("cannot mount a small disk");
    }
    for (const [i, count] of [1, 3, 2].entries()) {
      const runner = fakeRunner(t);
      const file = writeTemplate(runner, LANGUAGES[i] as Language, build(talking, count));
      const [out, err] = [join(disk, "log"), join(runner.workspace, "err")];
      const files = [openSync(out, "w"), openSync(err, "w")];
      const given = { INPUT_TEMPLATE: file, GITHUB_WORKSPACE: runner.workspace, RUNNER_TEMP: runner.temp };
      const env = { PATH: process.env["PATH"], HOME: runner.home, TMPDIR: runner.temp, ...given };
      const child = spawn(process.execPath, [join(bundle(), "action.js")], {
        cwd: runner.workspace,
        env,
        stdio: ["ignore", ...files],
      });
      for (const file of files) {
        closeSync(file);
      }
      const code = await new Promise((resolve) => child.once("exit", resolve));
      assert.equal(code, 1);
      assert.match(readFileSync(err, "utf8"), /^Standard output cannot be written any more: .*ENOSPC[^\n]*\n[^\n]*\n$/);
      assert.deepEqual(leftIn(runner), []);
    }
  });

  for (const language of LANGUAGES) {
    it(`a summary that cannot be written is one warning and changes no result (${language.name})`, async (t) => {
      const disk = smallDisk(t);
      const runner = fakeRunner(t);
      const template = { builders: [{ type: "file", name: "a", target: "a.txt", content: "x" }] };
      const file = writeTemplate(runner, language, template);
      const places = [join(runner.temp, "no folder", "summary"), runner.workspace, "/dev/full"];
      if (disk !== undefined) {
        writeFileSync(join(disk, "summary"), "");
        spawnSync("mount", ["-o", "remount,ro", disk]);
        places.push(join(disk, "summary"));
      }
      for (const place of places) {
        const inputs = { template: file, force: "true" };
        const { code, stdout, outputs } = await runner.run(inputs, { GITHUB_STEP_SUMMARY: place });
        assert.deepEqual([code, outputs["outcome"]], [0, "built"], stdout);
        const told = stdout.split("\n").filter((line) => line.includes("The summary could not be written"));
        assert.equal(told.length, 1, stdout);
        assert.match(
          told[0] ?? "",
          /^::warning title=The summary could not be written%3A E[A-Z]+.*\[action\/summary-lost\]/,
        );
        const failing = await runner.run({ ...inputs, template: "none.json" }, { GITHUB_STEP_SUMMARY: place });
        assert.deepEqual([failing.code, failing.outputs["outcome"]], [1, "invalid"]);
      }
    });
  }

  it("a summary of the post step that cannot be written is one warning, and what was left is removed", async (t) => {
    for (const language of LANGUAGES) {
      const runner = fakeRunner(t);
      const stubborn = build("echo working; trap '' TERM; sleep 600 & wait");
      const step = runner.start({ template: writeTemplate(runner, language, stubborn) });
      await step.says("working");
      step.child.kill("SIGKILL");
      const { code, stdout } = await runner.post(await step.ended, { GITHUB_STEP_SUMMARY: "/dev/full" });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^::warning .*The summary could not be written: ENOSPC/m);
      assert.deepEqual(leftIn(runner), []);
    }
  });

  it("the runner's files on a full disk end in one message, and hold no half entry", async (t) => {
    const disk = smallDisk(t);
    if (disk === undefined) {
      return t.skip("cannot mount a small disk");
    }
    const files = LANGUAGES.flatMap((language) =>
      ["OUTPUT", "STEP_SUMMARY", "STATE"].map((name) => ({ language, name })),
    );
    for (const { language, name } of files) {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, build("echo done", 3));
      mkdirSync(join(disk, name), { recursive: true });
      const file = join(disk, name, "file");
      writeFileSync(file, "");
      spawnSync("dd", ["if=/dev/zero", `of=${disk}/filler`, "bs=1k", "count=200"]);
      const { code, stdout, stderr } = await runner.run({ template }, { [`GITHUB_${name}`]: file });
      // The summary is for people, who have the log as well.
      assert.equal(code, name === "STEP_SUMMARY" ? 0 : 1);
      assert.equal(
        stdout.match(/(The runner's files cannot be used|The summary could not be written): ENOSPC/g)?.length,
        1,
        stdout.slice(-800),
      );
      assert.equal(stderr, "");
      assert.equal(readFileSync(file, "utf8"), "");
      assert.deepEqual(leftIn(runner), []);
    }
  });
});
