import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { appendFile, chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fakeHost } from "../../test/fakes/host.ts";
import { aBuilder, anArtifact, catalogOf, planOf, runFakePlan } from "../../test/fakes/plan.ts";
import { fakeRun } from "../../test/fakes/run.ts";
import { nodeHost } from "../host/node.ts";
import type { Removal, Resource } from "../sdk/run.ts";
import { openJournal } from "./journal.ts";
import { leftovers, readJournal } from "./journal-file.ts";
import { removeLeftovers } from "./leftovers.ts";

const root = await mkdtemp(join(tmpdir(), "journal-test-"));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;
const folder = (): string => join(root, String(++count));

const owner = { kind: "builder", type: "fake" } as const;
const intent = { kind: "thing", title: "thing", data: { name: "n" } };
const host = nodeHost();

/** A journal as a process that is no more left it: with some things still there. */
async function abandonedJournal(makes: readonly Partial<Resource>[], torn = ""): Promise<string> {
  const dir = folder();
  await mkdir(dir);
  const file = join(dir, "1-x.jsonl");
  const head = { journal: 1, run: "x", pid: process.pid, process: "not this one", at: 5 };
  const lines = makes.flatMap((make, i) => {
    const { made, ...resource } = { ...intent, ...make };
    const record = { intent: i + 1, build: "b", owner, resource, at: 6 };
    return made === undefined ? [record] : [record, { made: i + 1, value: made }];
  });
  await writeFile(file, [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join("") + torn);
  return file;
}

function removing(thing: Removal) {
  return catalogOf(planOf({ builder: aBuilder(undefined, { removes: { thing } }) }));
}

const run = { host, ui: fakeRun().ui };

describe("core/journal", () => {
  test("the intent is on disk before anything is made, and what was made right after", async () => {
    const dir = folder();
    const seen: unknown[] = [];
    const look = async () => {
      const [file] = await readdir(dir);
      const journal = await readJournal(join(dir, file ?? ""));
      seen.push(journal?.resources.map(({ owner, build, resource, state }) => ({ owner, build, resource, state })));
      return journal;
    };
    const builder = aBuilder(
      async ({ acquire }) => {
        await acquire(intent, async () => {
          const journal = await look();
          assert.equal(journal?.pid, process.pid);
          assert.equal(journal.process, await host.processTable.identity(process.pid));
          assert.equal((await stat(journal.file)).mode & 0o777, 0o600);
          return "m";
        });
        await look();
        return anArtifact("x");
      },
      { removes: { thing: async () => {} } },
    );
    const { builds } = await runFakePlan(planOf({ name: "b", builder }), { journalDir: dir });
    assert.equal(builds[0]?.outcome, "built");
    const entry = { owner, build: "b", resource: intent, state: "open" };
    assert.deepEqual(seen, [[entry], [{ ...entry, resource: { ...intent, made: "m" } }]]);
  });

  test("a run that leaves nothing leaves no journal, and one that makes nothing writes none", async () => {
    const dir = folder();
    const journal = await openJournal(host, dir, "u");
    await journal.close();
    assert.ok(!existsSync(dir));
    const entry = await journal.intend("b", owner, intent);
    assert.ok(existsSync(journal.file));
    await entry.made("m");
    await entry.removed();
    await journal.close();
    assert.ok(!existsSync(journal.file));
  });

  test("an artifact is nobody's leftover; what was abandoned for a look stays on record", async () => {
    const journal = await openJournal(host, folder(), "u");
    await (await journal.intend("b", owner, intent)).kept("artifact");
    await (await journal.intend("b", owner, intent)).kept("abandoned");
    await journal.close();
    const contents = await readJournal(journal.file);
    assert.deepEqual(
      contents?.resources.map(({ state }) => state),
      ["artifact", "abandoned"],
    );
  });

  test("when the journal cannot be written nothing is made", async () => {
    const blocked = folder();
    await writeFile(blocked, "a file where the folder should be");
    let made = false;
    const builder = aBuilder(
      async ({ acquire }) => {
        await acquire(intent, async () => {
          made = true;
          return "m";
        });
        return undefined;
      },
      { removes: { thing: async () => {} } },
    );
    const { builds } = await runFakePlan(planOf({ builder }), { journalDir: blocked });
    assert.deepEqual([made, builds[0]?.failure, builds[0]?.diagnostics[0]?.code], [false, "environment", "run/journal-unwritable"]);
  });

  test("what is recorded after the run has ended loses nothing of before", async () => {
    const journal = await openJournal(host, folder(), "u");
    const [late, gone] = [await journal.intend("b", owner, intent), await journal.intend("b", owner, intent)];
    await gone.removed();
    await journal.close();
    await late.made("late");
    await late.removed();
    const contents = await readJournal(journal.file);
    assert.deepEqual(
      contents?.resources.map(({ state, resource }) => [state, resource.made]),
      [
        ["removed", "late"],
        ["removed", undefined],
      ],
    );
    await journal.close();
    assert.ok(!existsSync(journal.file));
  });

  test("parallel records never mix", async () => {
    const journal = await openJournal(host, folder(), "u");
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const entry = await journal.intend("b", owner, { ...intent, data: { i } });
        await entry.made(i);
      }),
    );
    const contents = await readJournal(journal.file);
    assert.equal(contents?.resources.length, 40);
    for (const { resource } of contents?.resources ?? []) assert.deepEqual(resource.data, { i: resource.made });
    await journal.close();
  });
});

describe("core/leftovers", () => {
  test("a later process removes what is there, the newest first, and then the journal", async () => {
    const file = await abandonedJournal([{ made: "a" }, {}, { made: "c" }]);
    const given: Resource[] = [];
    const { removed, failed } = await removeLeftovers(
      file,
      removing(async (resource) => void given.push(resource)),
      run,
    );
    assert.deepEqual(given, [{ ...intent, made: "c" }, intent, { ...intent, made: "a" }]);
    assert.deepEqual([removed.length, failed.length, existsSync(file)], [3, 0, false]);
  });

  test("a line that was cut off is no record, and the next one is not lost with it", async () => {
    const file = await abandonedJournal([{ made: "a" }, { made: "b" }], '{"made":9,"val');
    const failing: Removal = async ({ made }) => {
      if (made === "a") throw new Error("busy");
    };
    await removeLeftovers(file, removing(failing), run);
    const contents = await readJournal(file);
    assert.deepEqual(
      contents?.resources.map(({ state }) => state),
      ["open", "removed"],
    );
  });

  test("what cannot be removed is told and tried again by the next one", async () => {
    const file = await abandonedJournal([{ made: "a" }]);
    const busy = await removeLeftovers(
      file,
      removing(() => Promise.reject(new Error("busy"))),
      run,
    );
    assert.deepEqual(
      busy.failed.map(({ leftover, error }) => [leftover.resource.made, error]),
      [["a", "busy"]],
    );
    const unknown = await removeLeftovers(file, catalogOf(planOf()), run);
    assert.match(unknown.failed[0]?.error ?? "", /there is no builder "fake"/);
    const { removed } = await removeLeftovers(
      file,
      removing(async () => {}),
      run,
    );
    assert.deepEqual([removed.length, existsSync(file)], [1, false]);
  });

  test("what belongs to a process that runs is not touched", async () => {
    const dir = folder();
    const journal = await openJournal(host, dir, "u");
    await journal.intend("b", owner, intent);
    assert.deepEqual(await leftovers(host, dir), []);
    const result = await removeLeftovers(
      journal.file,
      removing(() => Promise.reject(new Error("touched"))),
      run,
    );
    assert.deepEqual(result, { running: true, removed: [], failed: [] });
    await journal.close();
  });

  test("journals of processes that are gone are found; other files and an unreadable folder are none", async () => {
    const file = await abandonedJournal([{ made: "a" }, { made: "b" }]);
    await writeFile(join(file, "..", "other.jsonl"), "not a journal\n");
    await appendFile(file, `${JSON.stringify({ removed: 1 })}\n`);
    const found = await leftovers(host, join(file, ".."));
    assert.deepEqual(
      found.map(({ journal, resources }) => [journal.file, journal.at, resources.map(({ number }) => number)]),
      [[file, 5, [2]]],
    );
    assert.deepEqual(await leftovers(host, join(root, "missing")), []);
  });

  test("a journal whose writer died before it had its name goes, that of somebody who lives stays", async () => {
    const dir = folder();
    await mkdir(dir);
    const dead = spawnSync("true").pid;
    const [left, begun] = [`${dead}-u.jsonl.new`, `${process.pid}-u.jsonl.new`];
    for (const name of [left, begun]) await writeFile(join(dir, name), "{}\n", { mode: 0o600 });
    assert.deepEqual(await leftovers(host, dir), []);
    assert.deepEqual(await readdir(dir), [begun]);
  });

  test("a journal that others could have written is no order to delete anything", async () => {
    const file = await abandonedJournal([{ made: "a" }]);
    await chmod(file, 0o666);
    const result = await removeLeftovers(
      file,
      removing(() => Promise.reject(new Error("touched"))),
      run,
    );
    assert.deepEqual(result, { running: false, removed: [], failed: [] });
    const shared = folder();
    await mkdir(shared);
    await chmod(shared, 0o777);
    await assert.rejects((await openJournal(host, shared, "u")).intend("b", owner, intent), /others can write/);
  });

  test("folders and files go by the path in their intent; a root and a relative path never do", async () => {
    const path = join(root, "temporary");
    await mkdir(join(path, "deep"), { recursive: true });
    const kept = join(root, "kept");
    await writeFile(kept, "x");
    const file = await abandonedJournal([
      { kind: "temporary-folder", data: { path } },
      { kind: "temporary-file", data: { path: "kept" } },
      { kind: "temporary-folder", data: { path: "/" }, made: "/" },
    ]);
    const { failed } = await removeLeftovers(file, catalogOf(planOf()), run);
    assert.deepEqual([existsSync(path), existsSync(kept)], [false, true]);
    assert.match(failed[0]?.error ?? "", /names no path/);
    assert.equal(failed.length, 1);
  });

  test("a process is ended, but never a later one with its number", async () => {
    const sleeper = await host.processes.start(["sleep", "1000"], { stdin: "ignore" });
    const identity = (await host.processTable.identity(sleeper.pid)) ?? null;
    assert.notEqual(identity, null);
    const other = await abandonedJournal([{ kind: "process", made: { pid: sleeper.pid, identity: "of another one" } }]);
    await removeLeftovers(other, catalogOf(planOf()), run);
    assert.equal(await host.processTable.identity(sleeper.pid), identity);
    const file = await abandonedJournal([{ kind: "process", made: { pid: sleeper.pid, identity } }]);
    await removeLeftovers(file, catalogOf(planOf()), run);
    assert.equal((await sleeper.ended).signal, "SIGTERM");
    assert.equal(await host.processTable.identity(sleeper.pid), undefined);
  });

  test("a process whose number was never recorded is found by its mark", async () => {
    const mark = join(root, "some-file");
    await writeFile(mark, "");
    const viaArguments = await host.processes.start(["tail", "-f", mark], { stdin: "ignore" });
    const viaEnvironment = await host.processes.start(["sleep", "1000"], { stdin: "ignore", env: { MARK: mark } });
    const other = await host.processes.start(["sleep", "1000"], { stdin: "ignore" });
    const file = await abandonedJournal([{ kind: "process", data: { mark } }]);
    await removeLeftovers(file, catalogOf(planOf()), run);
    assert.deepEqual([(await viaArguments.ended).signal, (await viaEnvironment.ended).signal], ["SIGTERM", "SIGTERM"]);
    assert.notEqual(await host.processTable.identity(other.pid), undefined);
    other.kill("SIGKILL");
    await other.ended;
  });

  test("a process that ignores a polite request is ended all the same", async (t) => {
    t.diagnostic("waits for the real three seconds of patience");
    const stubborn = await host.processes.start(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"], { stdin: "ignore" });
    await new Promise((resolve) => stubborn.stdout.once("data", resolve));
    const identity = (await host.processTable.identity(stubborn.pid)) ?? null;
    const file = await abandonedJournal([{ kind: "process", made: { pid: stubborn.pid, identity } }]);
    const { failed } = await removeLeftovers(file, catalogOf(planOf()), run);
    assert.deepEqual(failed, []);
    assert.equal((await stubborn.ended).signal, "SIGKILL");
  });

  test("a removal that hangs is given up after its limit", async () => {
    const file = await abandonedJournal([{ made: "a" }]);
    const hanging = removing(() => new Promise(() => {}));
    const { failed } = await removeLeftovers(file, hanging, { ...run, host: fakeHost(), removalLimit: 5000 });
    assert.deepEqual(
      failed.map(({ error }) => error),
      ["Removing the thing took longer than 5 s"],
    );
  });
});
