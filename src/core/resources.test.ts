import assert from "node:assert/strict";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fakeClock, fakeHost, settled } from "../../test/fakes/host.ts";
import { aBuilder, anArtifact, planOf, runFakePlan } from "../../test/fakes/plan.ts";
import { failure } from "../diagnostic/build-error.ts";
import type { BuildRun } from "../sdk/builder.ts";
import type { Removal } from "../sdk/run.ts";

const intent = { kind: "thing", title: "thing", data: { name: "n" } };

async function run(body: (run: BuildRun) => Promise<unknown>, thing: Removal, options: Parameters<typeof runFakePlan>[1] = {}) {
  const builder = aBuilder(
    async (given) => {
      await body(given);
      return anArtifact("x");
    },
    { removes: { thing } },
  );
  return runFakePlan(planOf({ builder }), options);
}

describe("core/resources", () => {
  test("what is kept or removed already is not removed at the end", async () => {
    const removed: unknown[] = [];
    await run(
      async ({ acquire, keep, remove }) => {
        for (const name of ["a", "b", "c"]) await acquire(intent, async () => ({ name }));
        keep({ name: "a" });
        await remove({ name: "b" });
        assert.deepEqual(removed, [{ name: "b" }]);
        await remove({ name: "unknown" });
      },
      async ({ made }) => void removed.push(made),
    );
    assert.deepEqual(removed, [{ name: "b" }, { name: "c" }]);
  });

  test("when creating fails, the removal gets the intent alone, and the failure stays the failure", async () => {
    const given: unknown[] = [];
    const { builds } = await run(
      async ({ acquire }) => {
        await acquire(intent, async () => {
          throw failure("capacity", "test/full", "no room");
        });
      },
      async (resource) => void given.push(resource),
    );
    assert.deepEqual(given, [intent]);
    assert.deepEqual([builds[0]?.error, builds[0]?.failure], ["no room", "capacity"]);
  });

  test("a removal that fails stops no other, hides no failure, and is told", async () => {
    const removed: unknown[] = [];
    const { builds, lines, events } = await run(
      async ({ acquire }) => {
        for (const name of ["a", "b", "c"]) await acquire(intent, async () => name);
        throw failure("network", "test/broken", "broken");
      },
      async ({ made }) => {
        if (made === "b") throw new Error("busy");
        removed.push(made);
      },
    );
    assert.deepEqual(removed, ["c", "a"]);
    assert.equal(builds[0]?.error, "broken");
    assert.deepEqual(
      builds[0]?.diagnostics.map(({ code, severity, detail }) => [code, severity, detail]),
      [
        ["test/broken", "error", undefined],
        ["run/left-behind", "warning", "busy"],
      ],
    );
    assert.ok(lines.includes("!!! test: Could not remove the thing: busy"));
    assert.deepEqual(
      events.flatMap((event) => (event.type === "resource-removed" ? [event.error] : [])),
      [undefined, "busy", undefined],
    );
  });

  test("a build that succeeds stays built when something could not be removed", async () => {
    const { builds } = await run(
      ({ acquire }) => acquire(intent, async () => "a"),
      async () => {
        throw new Error("busy");
      },
    );
    assert.deepEqual([builds[0]?.outcome, builds[0]?.diagnostics[0]?.code], ["built", "run/left-behind"]);
  });

  test("remove() that fails tells its caller, and is tried again at the end", async () => {
    let tries = 0;
    const { builds } = await run(
      async ({ acquire, remove }) => {
        await acquire(intent, async () => "a");
        await assert.rejects(remove("a"), /Could not remove the thing/);
      },
      async () => {
        if (++tries === 1) throw new Error("busy");
      },
    );
    assert.deepEqual([tries, builds[0]?.diagnostics], [2, []]);
  });

  test("a removal that hangs is given up, and its own signal says so", async () => {
    const clock = fakeClock("manual");
    let aborted = false;
    const running = run(
      ({ acquire }) => acquire(intent, async () => "a"),
      (_resource, { signal }) => {
        signal.addEventListener("abort", () => {
          aborted = true;
        });
        return new Promise(() => {});
      },
      { host: fakeHost({ clock }), removalLimit: 9000 },
    );
    await settled();
    await clock.advance(9000);
    const { builds } = await running;
    assert.deepEqual([aborted, builds[0]?.diagnostics[0]?.detail], [true, "Removing the thing took longer than 9 s"]);
  });

  test("after a cancel nothing new is made", async () => {
    const cancel = new AbortController();
    let made = false;
    await run(
      async ({ acquire }) => {
        cancel.abort();
        await acquire(intent, async () => {
          made = true;
          return "a";
        });
      },
      async () => {},
      { signal: cancel.signal },
    );
    assert.equal(made, false);
  });

  test("what a builder that was left behind still makes is removed at once", async () => {
    const cancel = new AbortController();
    const removed: unknown[] = [];
    let finish = (): void => {};
    const late = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { builds } = await run(
      async ({ acquire }) => {
        setImmediate(() => cancel.abort());
        await acquire(intent, async () => {
          await late;
          return "late";
        });
      },
      async ({ made }) => void removed.push(made),
      { signal: cancel.signal },
    );
    assert.equal(builds[0]?.outcome, "cancelled");
    finish();
    await settled();
    assert.equal(removed.at(-1), "late");
  });

  test("a kind that the component cannot remove is refused before it is made", async () => {
    let made = false;
    const { builds } = await run(
      ({ acquire }) =>
        acquire({ kind: "other", title: "other", data: null }, async () => {
          made = true;
          return "a";
        }),
      async () => {},
    );
    assert.deepEqual([made, builds[0]?.diagnostics[0]?.code], [false, "run/bug"]);
  });

  test("a temporary folder is private and goes with everything in it", async () => {
    let path = "";
    await run(
      async ({ temporaryFolder }) => {
        path = await temporaryFolder("core-test");
        assert.equal(statSync(path).mode & 0o777, 0o700);
        writeFileSync(join(path, "file"), "x");
      },
      async () => {},
    );
    assert.ok(path.includes("core-test") && !existsSync(path));
  });
});
