import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import {
  appendFile,
  chmod,
  link,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fakeHost } from "../../test/fakes/host.ts";
import { aBuilder, anArtifact, aThing, catalogOf, planOf, runFakePlan, type ThingKind } from "../../test/fakes/plan.ts";
import { fakeRun } from "../../test/fakes/run.ts";
import { nodeHost } from "../host/node.ts";
import { defineProgram } from "../step/program.ts";
import { openJournal } from "./journal.ts";
import { findLeftovers, type JournalContents, readJournal } from "./journal-file.ts";
import type { Resource } from "./journal-record.ts";
import { removeLeftovers } from "./leftovers.ts";

const root = await mkdtemp(join(tmpdir(), "journal-test-"));
after(() => rm(root, { recursive: true, force: true }));
let count = 0;
const folder = (): string => join(root, String(++count));

const owner = { kind: "builder", type: "fake", origin: { is: "native" } } as const;
const resource = { kind: "thing", title: "thing", wanted: { name: "n" } };
const intent = { build: "b", owner, resource, place: null };
const host = nodeHost();

/** A journal as a process that is no more left it: with some things still there. */
async function abandonedJournal(makes: readonly Partial<Resource>[], torn = ""): Promise<string> {
  const dir = folder();
  await mkdir(dir);
  const file = join(dir, "1-x.jsonl");
  const head = {
    journal: 2,
    run: "x",
    pid: process.pid,
    process: "not this one",
    space: await host.processTable.space(),
    at: 5,
  };
  const lines = makes.flatMap((make, i) => {
    const { made, ...wanted } = { ...resource, ...make };
    const record = { intent: i + 1, ...intent, resource: wanted, at: 6 };
    return made === undefined ? [record] : [record, { made: i + 1, value: made }];
  });
  await writeFile(file, [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join("") + torn);
  return file;
}

type Remove = NonNullable<Parameters<typeof aThing>[0]>;

function removing(remove: Remove) {
  return catalogOf(planOf({ builder: aBuilder(undefined, { resources: [aThing(remove)] }) }));
}

/** A build that makes a thing. */
function makesA(thing: ThingKind, create?: () => Promise<string>) {
  return aBuilder(
    async ({ acquire }) => {
      await acquire(thing, { name: "n" }, create);
      return anArtifact("x");
    },
    { resources: [thing] },
  );
}

async function contentsOf(file: string | undefined): Promise<JournalContents> {
  const journal = await readJournal(file ?? "");
  assert.ok(journal !== undefined && !("broken" in journal), JSON.stringify(journal));
  return journal;
}

const run = { host, ui: fakeRun().ui };

describe("core/journal", () => {
  test("the intent is on disk before anything is made, and what was made right after", async () => {
    const dir = folder();
    const seen: unknown[] = [];
    const look = async () => {
      const [file] = await readdir(dir);
      const journal = await contentsOf(join(dir, file ?? ""));
      seen.push(journal.resources.map(({ owner, build, resource, state }) => ({ owner, build, resource, state })));
      return journal;
    };
    const thing = aThing();
    const builder = aBuilder(
      async ({ acquire }) => {
        await acquire(thing, { name: "n" }, async () => {
          const journal = await look();
          assert.equal(journal.pid, process.pid);
          assert.equal(journal.process, await host.processTable.identity(process.pid));
          assert.equal((await stat(journal.file)).mode & 0o777, 0o600);
          return "m";
        });
        await look();
        return anArtifact("x");
      },
      { resources: [thing] },
    );
    const { builds } = await runFakePlan(planOf({ name: "b", builder }), { journalDir: dir });
    assert.equal(builds[0]?.outcome, "built");
    const entry = { owner, build: "b", resource, state: "open" };
    assert.deepEqual(seen, [[entry], [{ ...entry, resource: { ...resource, made: "m" } }]]);
  });

  test("a run that leaves nothing leaves no journal, and one that makes nothing writes none", async () => {
    const dir = folder();
    const journal = openJournal(host, dir, "u");
    await journal.close();
    assert.ok(!existsSync(dir));
    const entry = await journal.intend(intent);
    const { file = "" } = journal;
    assert.ok(existsSync(file));
    await entry.made("m");
    await entry.removed();
    await journal.close();
    assert.ok(!existsSync(file));
  });

  test("an artifact is nobody's leftover; what was abandoned for a look stays on record", async () => {
    const journal = openJournal(host, folder(), "u");
    await (await journal.intend(intent)).kept("artifact");
    await (await journal.intend(intent)).kept("abandoned");
    await journal.close();
    const contents = await contentsOf(journal.file);
    assert.deepEqual(
      contents.resources.map(({ state }) => state),
      ["artifact", "abandoned"],
    );
  });

  test("when the journal cannot be written nothing is made", async () => {
    const blocked = folder();
    await writeFile(blocked, "a file where the folder should be");
    let made = false;
    const builder = makesA(aThing(), async () => {
      made = true;
      return "m";
    });
    const { builds } = await runFakePlan(planOf({ builder }), { journalDir: join(blocked, "journals") });
    assert.deepEqual(
      [made, builds[0]?.failure, builds[0]?.diagnostics[0]?.code],
      [false, "environment", "run/journal-unwritable"],
    );
  });

  test("what is recorded after the run has ended loses nothing of before", async () => {
    const journal = openJournal(host, folder(), "u");
    const [late, gone] = [await journal.intend(intent), await journal.intend(intent)];
    await gone.removed();
    await journal.close();
    await late.made("late");
    await late.removed();
    const contents = await contentsOf(journal.file);
    assert.deepEqual(
      contents.resources.map(({ state, resource }) => [state, resource.made]),
      [
        ["removed", "late"],
        ["removed", undefined],
      ],
    );
    const { file = "" } = journal;
    await journal.close();
    assert.ok(!existsSync(file));
  });

  test("parallel records never mix", async () => {
    const journal = openJournal(host, folder(), "u");
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const entry = await journal.intend({ ...intent, resource: { ...resource, wanted: { i } } });
        await entry.made(i);
      }),
    );
    const contents = await contentsOf(journal.file);
    assert.equal(contents.resources.length, 40);
    for (const { resource } of contents.resources) {
      assert.deepEqual(resource.wanted, { i: resource.made });
    }
    await journal.close();
  });
});

describe("core/leftovers", () => {
  test("a later process removes what is there, the newest first, and then the journal", async () => {
    const file = await abandonedJournal([{ made: "a" }, {}, { made: "c" }]);
    const given: unknown[] = [];
    const { removed, failed } = await removeLeftovers(
      file,
      removing(async (record) => void given.push(record)),
      run,
    );
    const { wanted } = resource;
    assert.deepEqual(given, [
      { wanted, made: "c" },
      { wanted, made: undefined },
      { wanted, made: "a" },
    ]);
    assert.deepEqual([removed.length, failed.length, existsSync(file)], [3, 0, false]);
  });

  test("a line that was cut off is no record, and the next one is not lost with it", async () => {
    const file = await abandonedJournal([{ made: "a" }, { made: "b" }], '{"made":9,"val');
    const failing: Remove = async ({ made }) => {
      if (made === "a") {
        throw new Error("busy");
      }
    };
    await removeLeftovers(file, removing(failing), run);
    const contents = await contentsOf(file);
    assert.deepEqual(
      contents.resources.map(({ state }) => state),
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
    const journal = openJournal(host, dir, "u");
    await journal.intend(intent);
    const { ended, running } = await findLeftovers(host, dir);
    assert.deepEqual([ended.length, running.length], [0, 1]);
    const result = await removeLeftovers(
      journal.file ?? "",
      removing(() => Promise.reject(new Error("touched"))),
      run,
    );
    assert.deepEqual(result, { running: true, removed: [], failed: [] });
    await journal.close();
  });

  test("journals of processes that are gone are found, and an unreadable folder has none", async () => {
    const file = await abandonedJournal([{ made: "a" }, { made: "b" }]);
    await appendFile(file, `${JSON.stringify({ removed: 1 })}\n`);
    const { ended } = await findLeftovers(host, join(file, ".."));
    assert.deepEqual(
      ended.map(({ journal, resources }) => [journal.file, journal.at, resources.map(({ number }) => number)]),
      [[file, 5, [2]]],
    );
    assert.deepEqual(await findLeftovers(host, join(root, "missing")), {
      ended: [],
      broken: [],
      running: [],
      elsewhere: 0,
    });
  });

  test("a journal whose writer died before it had its name goes, that of somebody who may live stays", async () => {
    const dir = folder();
    await mkdir(dir);
    const dead = spawnSync("true").pid;
    const [left, fresh, begun] = [`${dead}-left.jsonl.new`, `${dead}-fresh.jsonl.new`, `${process.pid}-u.jsonl.new`];
    for (const name of [left, fresh, begun]) {
      await writeFile(join(dir, name), "{}\n", { mode: 0o600 });
    }
    const minuteAgo = Date.now() / 1000 - 60;
    await utimes(join(dir, left), minuteAgo, minuteAgo);
    assert.deepEqual((await findLeftovers(host, dir)).ended, []);
    assert.deepEqual((await readdir(dir)).sort(), [fresh, begun].sort());
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
  });

  test("temporary folders go by the path in their intent; a root, a relative path and a way around never do", async () => {
    const path = join(root, "temporary");
    await mkdir(join(path, "deep"), { recursive: true });
    const kept = join(root, "kept");
    await mkdir(kept);
    const paths = [path, "kept", "/", `${root}/nothing/../kept`];
    const file = await abandonedJournal(paths.map((each) => ({ kind: "temporary-folder", wanted: { path: each } })));
    const { failed } = await removeLeftovers(file, catalogOf(planOf()), run);
    assert.deepEqual([existsSync(path), existsSync(kept)], [false, true]);
    for (const { error } of failed) {
      assert.match(error, /names no path/);
    }
    assert.equal(failed.length, 3);
  });

  const programs = catalogOf(
    planOf({ builder: aBuilder(undefined, { resources: [defineProgram("program", "program")] }) }),
  );

  test("a process is ended, but never a later one with its number", async () => {
    const sleeper = await host.processes.start(["sleep", "1000"], { stdin: "ignore" });
    const identity = (await host.processTable.identity(sleeper.pid)) ?? null;
    assert.notEqual(identity, null);
    const other = await abandonedJournal([
      {
        kind: "program",
        wanted: { mark: "somebody-nobody-has" },
        made: { pid: sleeper.pid, identity: "of another one" },
      },
    ]);
    await removeLeftovers(other, programs, run);
    assert.equal(await host.processTable.identity(sleeper.pid), identity);
    const file = await abandonedJournal([
      { kind: "program", wanted: { mark: "somebody-nobody-has" }, made: { pid: sleeper.pid, identity } },
    ]);
    await removeLeftovers(file, programs, run);
    assert.equal((await sleeper.ended).signal, "SIGTERM");
    assert.equal(await host.processTable.identity(sleeper.pid), undefined);
  });

  test("a process whose number was never recorded is found by its mark", async () => {
    const mark = join(root, "some-file");
    await writeFile(mark, "");
    const viaArguments = await host.processes.start(["tail", "-f", mark], { stdin: "ignore" });
    const viaEnvironment = await host.processes.start(["sleep", "1000"], { stdin: "ignore", env: { MARK: mark } });
    const other = await host.processes.start(["sleep", "1000"], { stdin: "ignore" });
    const file = await abandonedJournal([{ kind: "program", wanted: { mark } }]);
    await removeLeftovers(file, programs, run);
    assert.deepEqual([(await viaArguments.ended).signal, (await viaEnvironment.ended).signal], ["SIGTERM", "SIGTERM"]);
    assert.notEqual(await host.processTable.identity(other.pid), undefined);
    other.kill("SIGKILL");
    await other.ended;
  });

  test("a process that ignores a polite request is ended all the same", async (t) => {
    t.diagnostic("waits for the real three seconds of patience");
    const stubborn = await host.processes.start(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"], {
      stdin: "ignore",
    });
    await new Promise((resolve) => stubborn.stdout.once("data", resolve));
    const identity = (await host.processTable.identity(stubborn.pid)) ?? null;
    const file = await abandonedJournal([
      { kind: "program", wanted: { mark: "somebody-nobody-has" }, made: { pid: stubborn.pid, identity } },
    ]);
    const { failed } = await removeLeftovers(file, programs, run);
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

  test("a journal in a folder that others can write to is no order to delete anything", async () => {
    const file = await abandonedJournal([{ made: "a" }]);
    await chmod(join(file, ".."), 0o777);
    assert.deepEqual((await findLeftovers(host, join(file, ".."))).ended, []);
    const touching = removing(() => Promise.reject(new Error("touched")));
    assert.deepEqual(await removeLeftovers(file, touching, run), { running: false, removed: [], failed: [] });
  });

  test("a journal that is a link, or has a second name elsewhere, is none", async () => {
    const file = await abandonedJournal([{ made: "a" }]);
    const dir = folder();
    await mkdir(dir);
    await symlink(file, join(dir, "1-link.jsonl"));
    assert.deepEqual((await findLeftovers(host, dir)).ended, []);
    await link(file, join(dir, "2-hard.jsonl"));
    assert.deepEqual((await findLeftovers(host, dir)).ended, []);
  });

  test("whoever finds the folder's name taken uses another one, and both are looked through later", async () => {
    const parent = folder();
    const dir = join(parent, "journals");
    await mkdir(dir, { recursive: true });
    await chmod(dir, 0o777);
    const dead = { ...host, processTable: { ...host.processTable, own: spawnSync("true").pid } };
    for (const uuid of ["one", "two"]) {
      const journal = openJournal(dead, dir, uuid);
      await journal.intend(intent);
      assert.notEqual(join(journal.file ?? "", ".."), dir);
    }
    assert.equal((await readdir(parent)).length, 2, "the second run finds the folder of the first");
    const { ended } = await findLeftovers(host, dir);
    assert.equal(ended.length, 2);
  });

  test("a broken journal is named with what is wrong in it, and the others go on", async () => {
    const file = await abandonedJournal([{ made: "a" }]);
    const dir = join(file, "..");
    const [head = ""] = (await readFile(file, "utf8")).split("\n");
    const record = { intent: 1, ...intent, at: 6 };
    const broken: Readonly<Record<string, string>> = {
      "no-journal": "anything\n",
      "other-version": `${JSON.stringify({ ...JSON.parse(head), journal: 99 })}\n`,
      "bare-intent": `${head}\n{"intent":1}\n`,
      "no-resource": `${head}\n${JSON.stringify({ ...record, resource: null })}\n`,
      "no-owner": `${head}\n${JSON.stringify({ ...record, owner: { kind: "nobody", type: "x", origin: { is: "native" } } })}\n`,
      "at-no-time": `${JSON.stringify({ ...JSON.parse(head), at: 1e300 })}\n`,
      "says-nothing": `${head}\n{}\n`,
      "is-a-list": `${head}\n[1]\n`,
    };
    for (const [name, text] of Object.entries(broken)) {
      await writeFile(join(dir, `2-${name}.jsonl`), text, { mode: 0o600 });
    }
    const found = await findLeftovers(host, dir);
    assert.deepEqual(
      found.ended.map(({ resources }) => resources.length),
      [1],
    );
    assert.deepEqual(
      found.broken.map((each) => each.file).sort(),
      Object.keys(broken)
        .map((name) => join(dir, `2-${name}.jsonl`))
        .sort(),
    );
    for (const { broken: why } of found.broken) {
      assert.match(why, /^[a-z].* (is|are|comes|says|does)/);
    }
    for (const each of found.broken) {
      assert.deepEqual(await removeLeftovers(each.file, catalogOf(planOf()), run), {
        running: false,
        removed: [],
        failed: [],
      });
    }
  });

  test("a line that could not be written whole takes no later line with it", async (t) => {
    const dir = folder();
    let isFull = true;
    const journal = openJournal(host, dir, "u");
    const first = await journal.intend(intent);
    const { file = "" } = journal;
    // As on a full disk: part of a line gets there.
    const prototype = Object.getPrototypeOf(await (await open(file, "r")).stat().then(() => open(file, "r")));
    const real = prototype.writeFile as (text: string) => Promise<void>;
    t.mock.method(prototype, "writeFile", async function (this: unknown, text: string) {
      if (!isFull) {
        return real.call(this, text);
      }
      isFull = false;
      await real.call(this, text.slice(0, text.length / 2));
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    });
    await assert.rejects(first.made("m"), /could not be written/);
    await (await journal.intend({ ...intent, build: "second" })).made("later");
    const contents = await contentsOf(file);
    assert.deepEqual(
      contents.resources.map(({ build, resource: { made } }) => [build, made]),
      [
        ["b", undefined],
        ["second", "later"],
      ],
    );
    await journal.close();
  });

  test("a disk that is full for a while tears a line, and takes no later record with it", async (t) => {
    const disk = folder();
    await mkdir(disk);
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", disk]).status !== 0) {
      return t.skip("needs the right to mount");
    }
    t.after(() => spawnSync("umount", ["-l", disk]));
    const dead = { ...host, processTable: { ...host.processTable, own: spawnSync("true").pid } };
    const journal = openJournal(dead, join(disk, "journal"), "u");
    const filled = async (build: string): Promise<void> => (await journal.intend({ ...intent, build })).made("m");
    await filled("before");
    await writeFile(join(disk, "other"), Buffer.alloc(20_000)).catch(() => {});
    const full = async (): Promise<void> => {
      for (let i = 0; i < 100; i++) {
        await filled("meanwhile");
      }
    };
    await assert.rejects(full, /could not be written/);
    const text = await readFile(journal.file ?? "", "utf8");
    assert.ok(!text.endsWith("\n"), "part of a line got there");
    await rm(join(disk, "other"));
    await filled("after");
    const { file = "" } = journal;
    const last = (await contentsOf(file)).resources.at(-1);
    assert.deepEqual([last?.build, last?.resource.made, last?.state], ["after", "m", "open"]);
    const removed: string[] = [];
    const remove: Remove = async ({ made }) => void removed.push(String(made));
    await removeLeftovers(file, removing(remove), run);
    const intents = text.split("\n").filter((line) => line.startsWith('{"intent"') && line.endsWith("}"));
    assert.equal(removed.length, intents.length + 1);
    await journal.close();
  });

  test("only the owner's plugin can remove what a plugin made", async () => {
    const file = await abandonedJournal([{ made: "a" }]);
    const text = await readFile(file, "utf8");
    const plugin = { is: "plugin", source: "github.com/acme/moon", version: "1.2.3" };
    await writeFile(file, text.replace(JSON.stringify({ is: "native" }), JSON.stringify(plugin)));
    const { failed } = await removeLeftovers(
      file,
      removing(() => Promise.reject(new Error("touched"))),
      run,
    );
    assert.equal(failed[0]?.error, "Only the plugin github.com/acme/moon 1.2.3 knows how to remove it");
  });
});
