import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aBuild, aBuilder, anArtifact, planOf, runFakePlan } from "../../test/fakes/plan.ts";
import { failure } from "../diagnostic/build-error.ts";

const broken = (text = "broken") => failure("network", "test/broken", text);

describe("core/run-plan", () => {
  test("a build that fails hides nothing of the others", async () => {
    const plan = planOf(
      { name: "a", builder: aBuilder(async () => anArtifact("a")) },
      {
        name: "b",
        builder: aBuilder(async () => {
          throw broken();
        }),
      },
      { name: "c", builder: aBuilder(async () => anArtifact("c", { files: ["c.img"] })) },
    );
    const { builds, interrupted } = await runFakePlan(plan);
    assert.deepEqual(
      builds.map(({ name, outcome, failure, error }) => [name, outcome, failure, error]),
      [
        ["a", "built", undefined, undefined],
        ["b", "failed", "network", "broken"],
        ["c", "built", undefined, undefined],
      ],
    );
    assert.deepEqual(builds[2]?.artifacts, [{ builderId: "test.fake", id: "c", files: ["c.img"], text: "artifact c" }]);
    assert.equal(interrupted, false);
  });

  test("what a registry calls an artifact is told with it, whoever made it", async () => {
    const builder = aBuilder(async () => anArtifact("a", { state: { digest: "reg/n@sha256:1" } }));
    const { builds } = await runFakePlan(planOf({ builder }));
    assert.equal(builds[0]?.artifacts[0]?.digest, "reg/n@sha256:1");
  });

  for (const [parallelBuilds, debug, most] of [
    [0, false, 4],
    [2, false, 2],
    [1, false, 1],
    [0, true, 1],
  ] as const) {
    test(`with parallel-builds=${parallelBuilds}${debug ? " and debug" : ""} at most ${most} build(s) run at a time, in order`, async () => {
      let running = 0;
      let highest = 0;
      const begun: string[] = [];
      const builder = aBuilder(async (run) => {
        begun.push(run.build.name);
        highest = Math.max(highest, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        return undefined;
      });
      const names = ["d", "a", "c", "b"];
      await runFakePlan(planOf(...names.map((name) => ({ name, builder }))), { parallelBuilds, settings: { debug } });
      assert.equal(highest, most);
      assert.deepEqual(begun, names);
    });
  }

  test("events tell the whole story: run, builds, spans that balance, outcomes with times", async () => {
    const plan = planOf({
      name: "a",
      builder: aBuilder(async (run) => {
        await run.step("Outer", async () => run.step("Inner", async () => run.host.clock.sleep(5000)));
        return anArtifact("x");
      }),
    });
    const { events } = await runFakePlan(plan);
    const story = events.map((event) => {
      if (event.type === "span-started") {
        return `start ${event.title} in ${event.parent ?? "-"}`;
      }
      if (event.type === "span-ended") {
        return `end ${event.id} ${event.outcome} ${event.milliseconds}`;
      }
      return event.type;
    });
    assert.deepEqual(story, [
      "run-started",
      "build-started",
      "start Outer in -",
      "start Inner in 1",
      "end 2 done 5000",
      "end 1 done 5000",
      "build-ended",
      "run-ended",
    ]);
    assert.ok(events.every(({ at }) => at >= Date.UTC(2024, 0, 2)));
  });

  test("after a cancel no build begins, and those that run end as cancelled", async () => {
    const cancel = new AbortController();
    const begun: string[] = [];
    const builder = aBuilder(async (run) => {
      begun.push(run.build.name);
      await new Promise((_, reject) => run.signal.addEventListener("abort", () => reject(new Error("killed"))));
      return undefined;
    });
    const plan = planOf({ name: "a", builder }, { name: "b", builder });
    const { builds, interrupted, events } = await runFakePlan(plan, {
      parallelBuilds: 1,
      signal: cancel.signal,
      watch: (event) => event.type === "build-started" && setImmediate(() => cancel.abort()),
    });
    assert.deepEqual(begun, ["a"]);
    assert.deepEqual(
      builds.map(({ outcome, failure, error }) => [outcome, failure, error]),
      [
        ["cancelled", "cancelled", "Build was cancelled."],
        ["cancelled", "cancelled", "Build was cancelled."],
      ],
    );
    assert.equal(interrupted, true);
    assert.equal(events.filter(({ type }) => type === "build-ended").length, 2);
    assert.ok(
      events.some((event) => event.type === "log" && event.text.includes("killed")),
      "what it threw is in the debug log",
    );
  });

  test("a builder that does not listen to a cancel is left behind", async () => {
    const cancel = new AbortController();
    const plan = planOf({ builder: aBuilder(() => new Promise(() => {})) });
    const { builds } = await runFakePlan(plan, {
      signal: cancel.signal,
      watch: (event) => event.type === "build-started" && setImmediate(() => cancel.abort()),
    });
    assert.equal(builds[0]?.outcome, "cancelled");
  });

  test("a fault of a component is shown as one, its stack only in the debug log", async () => {
    const plan = planOf({
      builder: aBuilder(async () => {
        throw new TypeError("x is not a function");
      }),
    });
    const { builds, events } = await runFakePlan(plan);
    const [build] = builds;
    assert.equal(build?.outcome, "failed");
    assert.equal(build.failure, undefined);
    assert.deepEqual(
      build.diagnostics.map(({ code }) => code),
      ["run/bug"],
    );
    assert.match(build.error ?? "", /x is not a function/);
    assert.ok(!JSON.stringify(build).includes("run-plan.test.ts"));
    assert.ok(events.some((event) => event.type === "log" && event.text.includes("run-plan.test.ts")));
  });

  test("a refusal of the operating system is no fault of ours", async () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
      syscall: "write",
    });
    const gone = new TypeError("fetch failed", {
      cause: Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }),
    });
    const build = (thrown: Error) =>
      aBuild({
        name: thrown.message,
        builder: aBuilder(async () => {
          throw thrown;
        }),
      });
    const { builds } = await runFakePlan({ builds: [build(full), build(gone)] });
    assert.deepEqual(
      builds.map(({ failure, diagnostics }) => [failure, diagnostics[0]?.code, diagnostics[0]?.summary]),
      [
        ["environment", "run/system-error", "The disk is full"],
        ["network", "run/connection-failed", "A network connection failed"],
      ],
    );
  });

  test("a failure points at the component's place in the template and names the work that failed", async () => {
    const range = {
      filename: "t.json",
      start: { line: 3, column: 1, offset: 9 },
      end: { line: 3, column: 5, offset: 13 },
    };
    const plan = planOf({
      builder: aBuilder(
        (run) =>
          run.step("Make the disk", async () => {
            throw broken();
          }),
        { range },
      ),
    });
    const { builds } = await runFakePlan(plan);
    assert.equal(builds[0]?.failedIn, "Make the disk");
    assert.deepEqual(builds[0]?.diagnostics[0]?.subject, range);
    assert.equal(builds[0]?.diagnostics[0]?.within, 'builder "fake"');
  });

  test("mistakes that only show with the decoded configuration end the build before it begins", async () => {
    const wrong = { code: "option/x", severity: "error", summary: "no good" } as const;
    let ran = false;
    const builder = aBuilder(
      async () => {
        ran = true;
        return undefined;
      },
      { diagnostics: () => [wrong] },
    );
    const { builds } = await runFakePlan(planOf({ builder }));
    assert.equal(ran, false);
    assert.deepEqual([builds[0]?.failure, builds[0]?.error], ["template", "no good"]);
  });

  test("what is hidden while running is hidden where it is shown, and stays in the data", async () => {
    const plan = planOf({
      builder: aBuilder(async (run) => {
        run.hide("s3cr3t-pass");
        run.ui.message("password is s3cr3t-pass");
        run.ui.machine("note", "s3cr3t-pass");
        await run.step("Use s3cr3t-pass", async () => {
          throw broken(`refused "s3cr3t-pass"`);
        });
        return undefined;
      }),
    });
    const { events, lines, secrets } = await runFakePlan(plan);
    assert.ok(lines.includes("    test: password is s3cr3t-pass"));
    assert.ok(secrets.filter(lines.join("\n")).includes("    test: password is <sensitive>"));
    assert.ok(!JSON.stringify(secrets.shown(events)).includes("s3cr3t-pass"));
  });
});
