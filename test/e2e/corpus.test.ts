// Real templates from public repositories, read as Packer 1.6.6 reads them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { cliPath, projectRoot } from "../packer-ts.ts";

/** The corpus is no part of the project: it lies beside the checkout, or where `PACKER_TS_CORPUS` says. */
const corpus = process.env["PACKER_TS_CORPUS"] ?? join(projectRoot, "../shared/corpus");

describe("e2e/corpus", () => {
  it("finds the builders, provisioners, variables and verdicts of Packer in every JSON template", async (t) => {
    const script = join(corpus, "compare.mjs");
    if (!existsSync(script)) {
      t.diagnostic(`There is no corpus in ${corpus}. Set PACKER_TS_CORPUS to a folder that has one.`);
      t.skip("needs a corpus of templates, which is no part of the project");
      return;
    }
    const child = spawn(process.execPath, [script, "--kind", "json", "--values", "--", process.execPath, cliPath], {
      cwd: projectRoot,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (output += chunk));
    }
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    const [, matched, all] = /^corpus: (\d+)\/(\d+) match$/m.exec(output) ?? [];
    t.diagnostic(`corpus: ${matched} of ${all} checks are as in Packer 1.6.6`);
    assert.equal(code, 0, output);
    assert.ok(Number(all) > 100);
    assert.equal(matched, all);
  });
});
