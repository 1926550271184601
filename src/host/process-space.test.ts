// Processes that somebody wrote down, looked at from where they ran and from elsewhere.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, type TestContext, test } from "node:test";
import { needs } from "../../test/needs.ts";
import { nodeHost } from "./node.ts";

const { processTable } = nodeHost();

/** What a process in a namespace of its own says of this one. */
function fateSeenInside(t: TestContext, process: object): string | undefined {
  if (!needs(t, "unshare")) {
    return undefined;
  }
  const script = `import("${new URL("node.ts", import.meta.url)}").then(async ({ nodeHost }) =>
    console.log(await nodeHost().processTable.fate(${JSON.stringify(process)})))`;
  const command = [
    "unshare",
    "--pid",
    "--fork",
    "--mount-proc",
    globalThis.process.execPath,
    "--import",
    "tsx",
    "-e",
    script,
  ];
  const { stdout, stderr, status } = spawnSync(command[0] ?? "", command.slice(1), { encoding: "utf8" });
  if (status === 0) {
    return stdout.trim();
  }
  t.skip(`a namespace cannot be made here: ${stderr.slice(0, 200)}`);
  return undefined;
}

describe("host/process-space", () => {
  test("a process that runs here lives, and one that has ended is gone", async () => {
    const space = await processTable.space();
    const identity = await processTable.identity(process.pid);
    assert.equal(await processTable.fate({ pid: process.pid, identity, space }), "lives");
    assert.equal(await processTable.fate({ pid: process.pid, identity: "of another one", space }), "gone");
    assert.equal(await processTable.fate({ pid: spawnSync("true").pid, identity: undefined, space }), "gone");
  });

  test("a process cannot be seen from another namespace of processes, and is not taken for gone", async (t) => {
    const noted = {
      pid: process.pid,
      identity: await processTable.identity(process.pid),
      space: await processTable.space(),
    };
    const fate = fateSeenInside(t, noted);
    if (fate !== undefined) {
      assert.equal(fate, "unseen");
    }
  });

  test("after the machine was started again its processes are gone; those of another machine may run", async () => {
    if (process.platform !== "linux") {
      return;
    }
    const [name = "", , namespace = ""] = (await processTable.space()).split(" ");
    const noted = { pid: process.pid, identity: undefined };
    assert.equal(await processTable.fate({ ...noted, space: `${name} earlier-start ${namespace}` }), "gone");
    assert.equal(await processTable.fate({ ...noted, space: `other-machine other-start ${namespace}` }), "unseen");
  });
});
