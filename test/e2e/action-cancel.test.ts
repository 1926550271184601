// A cancelled workflow: nothing is left behind, whoever ends the main step and when.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { needs } from "../needs.ts";
import { containersOf, removeImage, testImage } from "./action-docker.ts";
import { type FakeRunner, fakeRunner, processesWith, type StepResult } from "./action-runner.ts";
import { LANGUAGES, type Template, writeTemplate } from "./three-languages.ts";

/** A build that works on until somebody stops it, and says when it has begun. */
const endless: Template = {
  builders: [{ type: "file", target: "out.txt", content: "x" }],
  provisioners: [{ type: "shell-local", inline: ["echo working; sleep 600"] }],
};

/** The same as for the command line, which so finds what the action left. */
function isJournalFolder(name: string): boolean {
  return name === `packer-ts-journal-${process.getuid?.() ?? 0}`;
}

/** Temporary files, journals, folders shared with containers and processes that are still there; the lists of artifacts and the result are outputs. */
function leftIn(runner: FakeRunner): string[] {
  const entriesOf = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
  const isLeft = (name: string): boolean =>
    !/^packer-(artifacts|manifest|result)-/.test(name) && !isJournalFolder(name);
  return [
    ...entriesOf(runner.temp).filter(isLeft),
    ...entriesOf(runner.temp)
      .filter(isJournalFolder)
      .flatMap((name) => entriesOf(join(runner.temp, name))),
    ...entriesOf(join(runner.home, ".packer.d")),
    ...entriesOf(join(runner.home, ".config/packer")),
    ...processesWith(runner.temp).map(({ command }) => command),
  ];
}

for (const language of LANGUAGES) {
  describe(`action/cancel with ${language.name}`, () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      it(`cleans up after ${signal} and says that it was cancelled`, async (t) => {
        const runner = fakeRunner(t);
        const step = runner.start({ template: writeTemplate(runner, language, endless) });
        await step.says("working");
        step.child.kill(signal);
        const { code, outputs, stdout, summary } = await step.ended;
        assert.equal(code, 1);
        assert.equal(outputs["outcome"], "cancelled");
        assert.equal(outputs["failure-class"], "cancelled");
        assert.match(stdout, new RegExp(`Cancelling after ${signal}`));
        assert.match(summary, /cancelled/);
        assert.doesNotMatch(stdout, /^::error/m);
        assert.match(stdout, /^::notice title=The build was cancelled/m);
        assert.deepEqual(leftIn(runner), []);
      });
    }

    it("goes on cleaning up when the runner asks a second time", async (t) => {
      const runner = fakeRunner(t);
      const step = runner.start({ template: writeTemplate(runner, language, endless) });
      await step.says("working");
      step.child.kill("SIGINT");
      step.child.kill("SIGTERM");
      const { outputs } = await step.ended;
      assert.equal(outputs["outcome"], "cancelled");
      assert.deepEqual(leftIn(runner), []);
    });

    it("removes in the post step what a killed main step left, and says so in the summary", async (t) => {
      const runner = fakeRunner(t);
      const step = runner.start({ template: writeTemplate(runner, language, endless) });
      await step.says("working");
      step.child.kill("SIGKILL");
      const main = await step.ended;
      assert.notDeepEqual(leftIn(runner), []);
      const post = await runner.post(main);
      assert.equal(post.code, 0, post.stdout);
      assert.ok(post.stdout.includes(`Removed the temporary folder of build '${language.build("file")}'`), post.stdout);
      assert.match(post.summary, /removed the temporary folder/);
      assert.deepEqual(leftIn(runner), []);
      const again = await runner.post(main);
      assert.equal(again.stdout, "");
      assert.equal(again.summary, "");
    });

    it("does nothing in the post step of a run that ended by itself", async (t) => {
      const runner = fakeRunner(t);
      const template = writeTemplate(runner, language, { builders: endless.builders });
      const post = await runner.post(await runner.run({ template }));
      assert.deepEqual([post.code, post.stdout, post.stderr, post.summary], [0, "", "", ""]);
    });
  });
}

describe("action/cancel", () => {
  // The moment at which a run ends is what matters here, and a hundred runs take their time: one language is enough.
  it("leaves no container, folder or process in runs that are ended at random moments", async (t) => {
    if (!needs(t, "docker")) {
      return;
    }
    const image = testImage();
    t.after(() => removeImage(image));
    const runs = process.env["CI"] === "true" ? 100 : 10;
    const runner = fakeRunner(t);
    const templates = LANGUAGES.map((language) =>
      writeTemplate(runner, language, {
        builders: [{ type: "docker", image, pull: false, discard: true }],
        provisioners: [
          { type: "shell", inline: ["echo in the container", "sleep 0.2"] },
          { type: "shell-local", inline: ["sleep 0.2"] },
          { type: "shell", inline: ["echo the last one", "sleep 600"] },
        ],
      }),
    );
    const counts = { interrupted: 0, killed: 0, postRemoved: 0 };
    const before = containersOf(image);
    // One run tells how long it takes until the last provisioner works, so that the whole life of a run is met.
    const began = Date.now();
    const measured = runner.start({ template: templates[0] ?? "" });
    await measured.says("the last one");
    const longest = (Date.now() - began) * 1.1;
    measured.child.kill("SIGINT");
    await measured.ended;
    for (let i = 0; i < runs; i++) {
      // Each language is interrupted and killed, early and late.
      const step = runner.start({ template: templates[i % templates.length] ?? "" });
      await wait((longest * (i + 0.5)) / runs);
      const kill = i % 2 === 1;
      step.child.kill(kill ? "SIGKILL" : "SIGINT");
      const killer = setTimeout(() => step.child.kill("SIGKILL"), 10_000);
      const main: StepResult = await step.ended;
      clearTimeout(killer);
      const post = await runner.post(main);
      assert.equal(post.code, 0, post.stdout);
      counts[kill ? "killed" : "interrupted"]++;
      if (post.summary !== "") {
        counts.postRemoved++;
      }
      assert.deepEqual(containersOf(image), before, `run ${i}: ${main.stdout}\n${post.stdout}`);
      assert.deepEqual(leftIn(runner), [], `run ${i}`);
    }
    t.diagnostic(
      `${runs} runs: ${counts.interrupted} interrupted, ${counts.killed} killed, ${counts.postRemoved} cleaned up by post; nothing left`,
    );
  });
});
