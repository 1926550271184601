// Every diagnostic code has an example that makes it appear, and the reference shows what is printed then. With
// UPDATE_EXAMPLES=1 what is printed now is written into the examples.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it, type TestContext } from "node:test";
import { diagnosticCodes } from "../../src/diagnostic/codes.ts";
import { folderWith, packerTs, projectRoot } from "../packer-ts.ts";
import { type Example, readExamples, writeExamples } from "./examples.ts";

const { examples, elsewhere, untold } = readExamples();
const isUpdate = process.env["UPDATE_EXAMPLES"] === "1";
const printed = new Map<string, readonly string[]>();

/** The lines of the message with this code, without what is another in every run. */
async function messageOf(test: TestContext, code: string, { files, run, env }: Example): Promise<readonly string[]> {
  const texts = Object.entries(files).map(([name, lines]) => [
    name,
    lines.join("") === "" ? "" : `${lines.join("\n")}\n`,
  ]);
  const cwd = folderWith(test, Object.fromEntries(texts));
  const { stdout } = await packerTs(run, { cwd, env });
  const blocks = stdout.split(/\n(?=Error: |Warning: )|\n\n/);
  const block = blocks.find((text) => text.includes(`[${code}]`));
  assert.ok(block !== undefined, `${code} does not appear:\n${stdout}`);
  return steady(block.slice(block.search(/Error: |Warning: /)), cwd).split("\n");
}

function steady(text: string, cwd: string): string {
  return text
    .trimEnd()
    .replaceAll(cwd, "/templates")
    .replaceAll(/\/tmp\/packer-[\w-]+/g, "/tmp/packer-…")
    .replaceAll(/\b1\d{9}\b/g, "1700000000")
    .replaceAll(/after \d+(\.\d+)? ?m?s\b/g, "after …");
}

describe("diagnostics/examples", { concurrency: 4 }, () => {
  it("is there for every code, or is tested where a machine or a service is", () => {
    const missing = Object.keys(diagnosticCodes).filter((code) => !(code in examples) && !(code in elsewhere));
    assert.deepEqual(missing.sort(), untold);
    const stale = [...Object.keys(examples), ...Object.keys(elsewhere)].filter((code) => !(code in diagnosticCodes));
    assert.deepEqual(stale, []);
  });

  it("names tests that speak of the code or of what it stands for", () => {
    const gone = Object.entries(elsewhere).filter(([, file]) => !existsSync(join(projectRoot, file)));
    assert.deepEqual(gone, []);
    assert.ok(
      Object.values(elsewhere).every((file) =>
        /\bit\(|\btest\(|export /.test(readFileSync(join(projectRoot, file), "utf8")),
      ),
    );
  });

  for (const [code, example] of Object.entries(examples)) {
    it(`makes ${code} appear, as the reference shows it`, async (t) => {
      const lines = await messageOf(t, code, example);
      printed.set(code, lines);
      if (!isUpdate) {
        assert.deepEqual(lines, example.prints);
      }
    });
  }

  after(() => {
    if (isUpdate) {
      const all = Object.entries(examples).map(([code, example]) => [
        code,
        { ...example, prints: printed.get(code) ?? example.prints },
      ]);
      writeExamples({ examples: Object.fromEntries(all), elsewhere, untold });
    }
  });
});
