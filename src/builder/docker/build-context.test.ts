import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { folderWith } from "../../../test/packer-ts.ts";
import { readIgnoredFiles } from "./build-context.ts";

const files = {
  Dockerfile: "",
  "a.txt": "",
  "b.md": "",
  "keep/b.md": "",
  ".git/HEAD": "",
  "node_modules/x/y.js": "",
  "src/deep/c.tmp": "",
};

/** What is sent of the files. */
function sent(t: TestContext, ignore: Readonly<Record<string, string>>): readonly string[] {
  const folder = folderWith(t, { ...files, ...ignore });
  const ignored = readIgnoredFiles({ build_dir: ".", path: "Dockerfile" }, folder);
  return Object.keys(files).filter((path) => !ignored(join(folder, path)));
}

describe("builder/docker/build-context", () => {
  it("leaves nothing out without rules", (t) => {
    assert.deepEqual(sent(t, {}), Object.keys(files));
    assert.deepEqual(sent(t, { ".dockerignore": "# nothing\n\n" }), Object.keys(files));
  });

  it("leaves out names, folders and patterns", (t) => {
    assert.deepEqual(sent(t, { ".dockerignore": ".git\n/node_modules/\n*.md\n**/*.tmp\n" }), [
      "Dockerfile",
      "a.txt",
      "keep/b.md",
    ]);
  });

  it("takes back in what an exception names", (t) => {
    assert.deepEqual(sent(t, { ".dockerignore": "**\n!keep\n!a.tx?\n" }), ["Dockerfile", "a.txt", "keep/b.md"]);
  });

  it("prefers the file that belongs to the Dockerfile", (t) => {
    const both = { ".dockerignore": "a.txt\n", "Dockerfile.dockerignore": "**\n!a.txt\n" };
    assert.deepEqual(sent(t, both), ["Dockerfile", "a.txt"]);
  });

  it("takes a broken pattern for what it says", (t) => {
    assert.deepEqual(sent(t, { ".dockerignore": "**\n![z-a]\n!a.txt" }), ["Dockerfile", "a.txt"]);
  });

  it("is through in a moment with a rule and a name that were made for each other", (t) => {
    const folder = folderWith(t, { ...files, ".dockerignore": `${"**/*a".repeat(30)}b\n${"*a".repeat(60)}b\n` });
    const ignored = readIgnoredFiles({ build_dir: ".", path: "Dockerfile" }, folder);
    const begun = performance.now();
    assert.equal(ignored(join(folder, "a/".repeat(300), "a".repeat(250))), false);
    assert.ok(performance.now() - begun < 2000, `${performance.now() - begun} ms`);
  });
});
