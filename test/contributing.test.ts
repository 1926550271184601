// CONTRIBUTING.md followed word by word: its snippets are written into a copy of the project, compiled, linted and tested.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { projectRoot } from "./packer-ts.ts";

interface Snippet {
  readonly path: string;
  /** The list or object that it goes into. */
  readonly within: string | undefined;
  readonly text: string;
}

/** Code blocks that name a file, with `in NAME` when they are a part of what is there. */
function readSnippets(page: string): readonly Snippet[] {
  const blocks = page.matchAll(/^```(?:ts|json) ([\w./-]+)(?: in (\w+))?\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, path = "", within, text = ""]) => ({ path, within, text }));
}

function write({ path, within, text }: Snippet, root: string): void {
  const file = join(root, path);
  if (within !== undefined) {
    const before = readFileSync(file, "utf8");
    const after = before.replace(new RegExp(`${within}\\b[^\\n]*[\\[{]\\n`), (opening) => opening + text);
    assert.notEqual(after, before, `${path} has no ${within}`);
    writeFileSync(file, after);
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file)) {
    appendFileSync(file, text);
  } else {
    writeFileSync(file, text);
  }
}

function copyProject(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "packer-ts-contributing-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const name of ["src", "test", "package.json", "tsconfig.json", "biome.json"]) {
    cpSync(join(projectRoot, name), join(root, name), { recursive: true });
  }
  symlinkSync(join(projectRoot, "node_modules"), join(root, "node_modules"));
  return root;
}

function run(root: string, command: readonly [string, ...string[]]): void {
  const [program, ...words] = command;
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: root, encoding: "utf8" });
  assert.equal(status, 0, `${command.join(" ")}\n${stdout}${stderr}`);
}

describe("CONTRIBUTING.md", () => {
  it("leads to a provisioner, a builder, a post-processor, a data source, a function and a command that work", (t) => {
    const snippets = readSnippets(readFileSync(join(projectRoot, "CONTRIBUTING.md"), "utf8"));
    assert.ok(snippets.length >= 12, "the page has lost its snippets");
    const root = copyProject(t);
    for (const snippet of snippets) {
      write(snippet, root);
    }
    const added = snippets.filter(({ within, path }) => within === undefined && !path.endsWith("registry.ts"));
    const bin = join(projectRoot, "node_modules/.bin");
    run(root, [join(bin, "biome"), "check", "--vcs-enabled=false", ...added.map(({ path }) => path)]);
    // Only the sources and the new tests: what spans parts looks at documentation that is generated later.
    writeFileSync(
      join(root, "tsconfig.added.json"),
      JSON.stringify({
        extends: "./tsconfig.json",
        include: ["src", "test/conformance", ...added.map(({ path }) => path)],
      }),
    );
    run(root, [join(bin, "tsc"), "--noEmit", "-p", "tsconfig.added.json"]);
    const tests = added.map(({ path }) => path).filter((path) => path.endsWith(".test.ts"));
    const suites = ["test/conformance/components.test.ts", "test/spec/functions/functions.test.ts"];
    run(root, [process.execPath, "--import", "tsx", "--test", ...tests, ...suites]);
  });
});
