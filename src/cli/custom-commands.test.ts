// Commands of the user's own, found on the PATH.
import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type Ended, folderWith, packerTs } from "../../test/packer-ts.ts";

const program = (says: string) => `#!/bin/sh\necho "${says} $*"\ncat\nexit 7\n`;

function place(test: TestContext): (args: readonly string[], input?: string) => Promise<Ended> {
  const files = {
    "packer-ts-greet": program("ours"),
    "packer-greet": program("theirs"),
    "packer-old-way": program("old"),
    "packer-ts-validate": program("never"),
    "packer-plugin-comet": program("never"),
    "packer-idle": program("never"),
  };
  const folder = folderWith(test, files);
  for (const name of Object.keys(files).filter((one) => one !== "packer-idle")) {
    chmodSync(join(folder, name), 0o755);
  }
  return (args, input = "") => packerTs(args, { input, env: { PATH: `${folder}:${process.env["PATH"]}` } });
}

describe("commands on the PATH", () => {
  it("run with their arguments and input, and end with their exit status", async (test) => {
    const ended = await place(test)(["greet", "-x", "two words"], "typed");
    assert.deepEqual([ended.code, ended.stdout], [7, "ours -x two words\ntyped"]);
  });

  it("may be called as Packer's were", async (test) => {
    assert.equal((await place(test)(["old-way"])).stdout, "old \n");
  });

  it("stand in for no command of ours, and plugins are none", async (test) => {
    const run = place(test);
    assert.doesNotMatch((await run(["validate", "-help"])).stdout, /never/);
    for (const name of ["plugin-comet", "idle", "../greet"]) {
      const ended = await run([name]);
      assert.equal(ended.code, 127, name);
      assert.match(ended.stdout, /There is no command/);
    }
  });

  it("are listed in the help", async (test) => {
    const { stdout } = await place(test)(["-help"]);
    const listed = stdout.slice(stdout.indexOf("Commands on the PATH are:"));
    assert.match(listed, /^ {4}greet$/m);
    assert.match(listed, /^ {4}old-way$/m);
    assert.doesNotMatch(listed, /comet|idle/);
  });
});
