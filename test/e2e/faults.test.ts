// A fault of the program itself, thrown where nobody catches it: what was made is removed, and no source code is shown.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { folderWith, packerTs } from "../packer-ts.ts";

const template = JSON.stringify({
  builders: [{ type: "file", target: "a", content: "a" }],
  provisioners: [{ type: "shell-local", inline: ["echo begun", "sleep 60"] }],
});

describe("e2e/faults", () => {
  for (const [name, fault] of [
    ["an exception", "setTimeout(() => { throw new Error('out of the blue'); }, 1500);"],
    ["a promise that nobody heeds", "setTimeout(() => void Promise.reject(new Error('out of the blue')), 1500);"],
  ] as const) {
    it(`${name} ends the run with its own exit code, cleanly and shortly told`, async (t) => {
      const cwd = folderWith(t, { "t.json": template, "fault.cjs": fault, "tmp/here": "" });
      // The fault comes from outside, but nothing tells it from one of the program's own.
      const env = { TMPDIR: join(cwd, "tmp"), NODE_OPTIONS: `--require ${join(cwd, "fault.cjs")}` };
      const { code, stdout, stderr } = await packerTs(["build", "-detailed-exitcode", "t.json"], { cwd, env });
      assert.equal(code, 17, stdout);
      assert.equal(stderr, "");
      assert.match(stdout, /This is a bug in packer-ts: out of the blue\n {2}at .*fault\.cjs:1:\d+/);
      assert.ok(stdout.split("\n").every((line) => line.length < 300));
      const left = readdirSync(join(cwd, "tmp")).filter((each) => !/^(here|packer-ts-journal-\d+)$/.test(each));
      const journals = readdirSync(join(cwd, "tmp")).filter((each) => each.startsWith("packer-ts-journal"));
      assert.deepEqual([...left, ...journals.flatMap((folder) => readdirSync(join(cwd, "tmp", folder)))], []);
    });
  }
});
