import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fakeClock, fakeHost, settled } from "../../test/fakes/host.ts";
import { aBuilder, anArtifact, aThing, planOf, runFakePlan, type ThingKind } from "../../test/fakes/plan.ts";
import { failure } from "../diagnostic/build-error.ts";
import type { BuildRun } from "../sdk/builder.ts";
import { NothingMade } from "../sdk/resource.ts";
import type { AnyResource, RemovalRun, ResourceRecord } from "../sdk/run.ts";

type Remove = (record: ResourceRecord, run: RemovalRun) => Promise<void>;

/** Runs a build that can make things. */
async function run(
  body: (run: BuildRun<AnyResource>, thing: ThingKind) => Promise<unknown>,
  remove: Remove,
  options: Parameters<typeof runFakePlan>[1] = {},
) {
  const thing = aThing(remove);
  const builder = aBuilder(
    async (given) => {
      await body(given, thing);
      return anArtifact("x");
    },
    { resources: [thing] },
  );
  return runFakePlan(planOf({ builder }), options);
}

describe("core/resources", () => {
  test("what is kept or removed already is not removed at the end", async () => {
    const removed: unknown[] = [];
    await run(
      async ({ acquire, keep, remove }, thing) => {
        const [a, b] = [
          await acquire(thing, { name: "n" }),
          await acquire(thing, { name: "n" }),
          await acquire(thing, "last"),
        ];
        assert.notEqual(a, b, "alike, and yet two things");
        keep(a);
        await remove(b);
        assert.deepEqual(removed, [{ name: "n" }]);
        await remove({ name: "n" });
      },
      async ({ made }) => void removed.push(made),
    );
    assert.deepEqual(removed, [{ name: "n" }, "last"]);
  });

  test("when creating fails, the removal gets the intent alone, and the failure stays the failure", async () => {
    const given: unknown[] = [];
    const { builds } = await run(
      async ({ acquire }, thing) => {
        await acquire(thing, { name: "n" }, async () => {
          throw failure("capacity", "test/full", "no room");
        });
      },
      async (resource) => void given.push(resource),
    );
    assert.deepEqual(given, [{ wanted: { name: "n" }, made: undefined }]);
    assert.deepEqual([builds[0]?.error, builds[0]?.failure], ["no room", "capacity"]);
  });

  test("a removal that fails stops no other, hides no failure, and is told", async () => {
    const removed: unknown[] = [];
    const { builds, lines, events } = await run(
      async ({ acquire }, thing) => {
        for (const name of ["a", "b", "c"]) {
          await acquire(thing, name);
        }
        throw failure("network", "test/broken", "broken");
      },
      async ({ made }) => {
        if (made === "b") {
          throw new Error("busy");
        }
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
      ({ acquire }, thing) => acquire(thing, "a"),
      async () => {
        throw new Error("busy");
      },
    );
    assert.deepEqual([builds[0]?.outcome, builds[0]?.diagnostics[0]?.code], ["built", "run/left-behind"]);
  });

  test("remove() that fails tells its caller, and is tried again at the end", async () => {
    let tries = 0;
    const { builds } = await run(
      async ({ acquire, remove }, thing) => {
        await acquire(thing, "a");
        await assert.rejects(remove("a"), /Could not remove the thing/);
      },
      async () => {
        if (++tries === 1) {
          throw new Error("busy");
        }
      },
    );
    assert.deepEqual([tries, builds[0]?.diagnostics], [2, []]);
  });

  test("a removal that hangs is given up, and its own signal says so", async () => {
    const clock = fakeClock("manual");
    let aborted = false;
    const running = run(
      ({ acquire }, thing) => acquire(thing, "a"),
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
      async ({ acquire }, thing) => {
        cancel.abort();
        await acquire(thing, "a", async () => {
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
      async ({ acquire }, thing) => {
        setImmediate(() => cancel.abort());
        await acquire(thing, "late", async () => {
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

  test("a kind that the component does not list is refused before it is made", async () => {
    let made = false;
    const { builds } = await run(
      ({ acquire }) =>
        acquire(aThing(), "a", async () => {
          made = true;
          return "a";
        }),
      async () => {},
    );
    assert.deepEqual([made, builds[0]?.diagnostics[0]?.code], [false, "run/bug"]);
  });

  test("when it is certain that nothing was made, nothing is removed and the cause is the failure", async () => {
    const removed: unknown[] = [];
    const { builds } = await run(
      ({ acquire }, thing) =>
        acquire(thing, "a", async () => {
          throw new NothingMade(failure("environment", "test/taken", "somebody else has it"));
        }),
      async (record) => void removed.push(record),
    );
    assert.deepEqual([removed, builds[0]?.error], [[], "somebody else has it"]);
  });

  test("what is needed to make a thing can be secret: it is written down nowhere", async () => {
    const journalDir = mkdtempSync(join(tmpdir(), "resources-test-"));
    let record = "";
    await run(
      ({ acquire }, thing) => {
        const means = { password: "hunter2hunter2" };
        return acquire(thing, "a", async () => {
          const [file = ""] = readdirSync(journalDir);
          record = readFileSync(join(journalDir, file), "utf8");
          return means.password.length;
        });
      },
      async () => {},
      { journalDir },
    );
    rmSync(journalDir, { recursive: true });
    assert.match(record, /"wanted":"a"/);
    assert.doesNotMatch(record, /hunter2/);
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
