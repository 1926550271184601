import assert from "node:assert/strict";
import { relative } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { folderWith } from "../../../test/packer-ts.ts";
import { contextFiles } from "./build-context.ts";

const files = {
  Dockerfile: "",
  "a.txt": "",
  "b.md": "",
  "keep/b.md": "",
  ".git/HEAD": "",
  "node_modules/x/y.js": "",
  "src/deep/c.tmp": "",
};

function sent(t: TestContext, ignore: Readonly<Record<string, string>>): readonly string[] {
  const folder = folderWith(t, { ...files, ...ignore });
  return contextFiles({ build_dir: ".", path: "Dockerfile" }, folder)
    .map((path) => relative(folder, path))
    .sort();
}

describe("builder/docker/build-context", () => {
  it("is the whole folder when nothing is left out", (t) => {
    assert.deepEqual(sent(t, {}), [""]);
    assert.deepEqual(sent(t, { ".dockerignore": "# nothing\n\n" }), [""]);
  });

  it("leaves out names, folders and patterns", (t) => {
    assert.deepEqual(sent(t, { ".dockerignore": ".git\n/node_modules/\n*.md\n**/*.tmp\n" }), [
      ".dockerignore",
      "Dockerfile",
      "a.txt",
      "keep/b.md",
    ]);
  });

  it("takes back in what an exception names", (t) => {
    assert.deepEqual(sent(t, { ".dockerignore": "**\n!keep\n!a.tx?\n" }), ["a.txt", "keep/b.md"]);
  });

  it("prefers the file that belongs to the Dockerfile", (t) => {
    const both = { ".dockerignore": "a.txt\n", "Dockerfile.dockerignore": "**\n!a.txt\n" };
    assert.deepEqual(sent(t, both), ["a.txt"]);
  });

  it("takes a broken pattern for what it says", (t) => {
    assert.deepEqual(sent(t, { ".dockerignore": "**\n![z-a]\n!a.txt" }), ["a.txt"]);
  });
});
