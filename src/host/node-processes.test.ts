// Programs that cannot be started.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { rejectsWith } from "../../test/rejects.ts";
import { nodeHost } from "./node.ts";

describe("host/node-processes", { skip: process.platform === "win32" }, () => {
  test("a program that is not there is told from a file that is none", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "packer-ts-processes-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const text = join(folder, "text");
    writeFileSync(text, "no program");
    const { processes } = nodeHost();
    await rejectsWith(processes.run([text]), {
      code: "host/command-failed",
      message: /could not be started\n.*EACCES/,
    });
    await rejectsWith(processes.run([join(folder, "none")]), { code: "host/command-missing" });
  });
});
