// Killed at any moment, a build leaves nothing that a later process does not find and remove.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { findLeftovers } from "../../src/core/journal-file.ts";
import { removeLeftovers } from "../../src/core/leftovers.ts";
import { nodeHost } from "../../src/host/node.ts";
import { catalogOf, planOf } from "../fakes/plan.ts";
import { fakeRun } from "../fakes/run.ts";
import { killableBuilder } from "./core-kill-builder.ts";

const host = nodeHost();

async function startBuild(): Promise<{ root: string; child: ChildProcess; ended: Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), "core-kill-"));
  for (const folder of ["tmp", "things"]) {
    await mkdir(join(root, folder));
  }
  const script = join(import.meta.dirname, "core-kill-child.ts");
  const child = spawn(process.execPath, ["--import", "tsx", script, root], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.once("close", () => reject(new Error("The build ended by itself")));
  });
  return { root, child, ended };
}

/** What is there of the builds of a folder. */
function remains(root: string): { folders: string[]; things: string[]; programs: string[] } {
  const processes = spawnSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).stdout.split("\n");
  return {
    folders: readdirSync(join(root, "tmp")),
    things: readdirSync(join(root, "things")),
    programs: processes.filter((line) => line.includes(`tail -F ${root}`)),
  };
}

/** A few at a time: most of a round is starting up. */
async function together(rounds: number, round: () => Promise<void>): Promise<void> {
  for (let left = rounds; left > 0; left -= 3) {
    await Promise.all(Array.from({ length: Math.min(3, left) }, round));
  }
}

const NOTHING = { folders: [], things: [], programs: [] };

describe("conformance/core", () => {
  test("after SIGKILL at random moments a later process leaves nothing of it", async (t) => {
    const rounds = 8;
    let found = 0;
    await together(rounds, async () => {
      const { root, child, ended } = await startBuild();
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
      child.kill("SIGKILL");
      await ended;
      const journalDir = join(root, "journal");
      const catalog = catalogOf(planOf({ builder: killableBuilder(root) }));
      for (const { journal, resources } of (await findLeftovers(host, journalDir)).ended) {
        found += resources.length;
        const { failed } = await removeLeftovers(journal.file, catalog, { host, ui: fakeRun().ui });
        assert.deepEqual(failed, []);
      }
      assert.deepEqual(remains(root), NOTHING);
      if (existsSync(journalDir)) {
        assert.deepEqual((await findLeftovers(host, journalDir)).ended, []);
      }
      await rm(root, { recursive: true });
    });
    assert.ok(found > rounds, "the builds were killed while there was something to remove");
    t.diagnostic(`${rounds} builds killed, ${found} resources found by journal, nothing left`);
  });

  test("after SIGINT at random moments the build itself leaves nothing, not even a journal", async (t) => {
    const rounds = 6;
    await together(rounds, async () => {
      const { root, child, ended } = await startBuild();
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
      child.kill("SIGINT");
      await ended;
      assert.deepEqual(remains(root), NOTHING);
      const journals = existsSync(join(root, "journal")) ? readdirSync(join(root, "journal")) : [];
      assert.deepEqual(journals, []);
      const result = JSON.parse(readFileSync(join(root, "result"), "utf8"));
      assert.equal(result.interrupted, true);
      for (const build of result.builds) {
        assert.equal(build.outcome, "cancelled");
      }
      await rm(root, { recursive: true });
    });
    t.diagnostic(`${rounds} builds interrupted, nothing left`);
  });
});
