// Every diagnostic code has an example that makes it appear, and the reference shows what is printed then. With
// UPDATE_EXAMPLES=1 what is printed now is written into the examples.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it, type TestContext } from "node:test";
import { diagnosticCodes } from "../../src/diagnostic/codes.ts";
import { folderWith, packerTs, projectRoot } from "../packer-ts.ts";
import { type Example, readExamples, writeExamples } from "./examples.ts";

const { examples, elsewhere } = readExamples();
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

/** Whether the code stands there whole, and not as the path of a module. */
function speaksOf(text: string, code: string): boolean {
  return new RegExp(`(?<![\\w./-])${code}(?![\\w./-])`).test(text);
}

/** What can print a message. */
function readSources(): readonly string[] {
  const folder = join(projectRoot, "src");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"));
}

describe("diagnostics/examples", { concurrency: 4 }, () => {
  it("is there for every code, or is tested where a machine or a service is", () => {
    const missing = Object.keys(diagnosticCodes).filter((code) => !(code in examples) && !(code in elsewhere));
    assert.deepEqual(missing, []);
    const stale = [...Object.keys(examples), ...Object.keys(elsewhere)].filter((code) => !(code in diagnosticCodes));
    assert.deepEqual(stale, []);
  });

  it("names tests that speak of the code, or of words that are printed with it", () => {
    for (const [code, told] of Object.entries(elsewhere)) {
      const { file, says } = typeof told === "string" ? { file: told, says: undefined } : told;
      const test = readFileSync(join(projectRoot, file), "utf8").replaceAll("\\/", "/");
      assert.match(test, /\b(it|test)\(/, `${file} is no test`);
      assert.ok(says === undefined ? speaksOf(test, code) : test.includes(says), `${file} does not speak of ${code}`);
    }
  });

  it("lists with words only what is printed with them", () => {
    const sources = readSources();
    for (const [code, told] of Object.entries(elsewhere)) {
      if (typeof told !== "string") {
        const isPrinted = sources.some((text) => text.includes(`"${code}"`) && text.includes(told.says));
        assert.ok(isPrinted, `${code} is not printed with "${told.says}"`);
      }
    }
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
      writeExamples({ examples: Object.fromEntries(all), elsewhere });
    }
  });
});
