import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { fakeRun } from "../../../test/fakes/run.ts";
import type { BuildError } from "../../diagnostic/build-error.ts";
import { checkPattern, glob } from "../../driver/local-files/glob.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import type { PrepareContext } from "../../sdk/component.ts";
import { artifice } from "./artifice.ts";

let cwd: string;
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), "artifice-test-"));
  for (const folder of ["a", "b", "b/deep"]) {
    await mkdir(join(cwd, folder));
  }
  for (const name of [
    "a/1.img",
    "a/2.img",
    "a/.hidden.img",
    "b/1.img",
    "b/x[1].txt",
    "b/deep/1.img",
    "top.IMG",
    "zoé",
    "*",
  ]) {
    await writeFile(join(cwd, name), name);
  }
});
after(() => rm(cwd, { recursive: true }));

function artifactOf(...files: string[]): Artifact {
  return { builderId: "x", id: "x", files, describe: () => "", state: () => ({ ID: "1" }), destroy: async () => {} };
}

describe("post-processor/artifice", () => {
  it("patterns find what Go's filepath.Glob finds, in its order", async () => {
    const cases: Record<string, string[]> = {
      "a/*.img": ["a/.hidden.img", "a/1.img", "a/2.img"],
      "*/1.img": ["a/1.img", "b/1.img"],
      "**/1.img": ["a/1.img", "b/1.img"],
      "[ab]/?.img": ["a/1.img", "a/2.img", "b/1.img"],
      "[^b]/[1-9].img": ["a/1.img", "a/2.img"],
      "b/x\\[1\\].txt": ["b/x[1].txt"],
      "b/x[[]1[\\]].txt": ["b/x[1].txt"],
      "./a/1*": ["a/1.img"],
      "./a/1.img": ["./a/1.img"],
      "zo?": ["zoé"],
      "top.img": [],
      "nothing/*": [],
      "top.IMG/*": [],
      b: ["b"],
    };
    for (const [pattern, expected] of Object.entries(cases)) {
      assert.deepEqual(await glob(pattern, cwd), expected, pattern);
    }
    assert.deepEqual(await glob(join(cwd, "b/deep/*"), "/"), [join(cwd, "b/deep/1.img")]);
  });

  it("a pattern and a name that were made for each other are compared in a moment", async () => {
    await writeFile(join(cwd, "a".repeat(250)), "");
    const begun = performance.now();
    assert.deepEqual(await glob(`${"*a".repeat(60)}b`, cwd), []);
    assert.ok(performance.now() - begun < 2000, `${performance.now() - begun} ms`);
    await rm(join(cwd, "a".repeat(250)));
  });

  it("broken patterns are told before anything runs", async () => {
    for (const pattern of ["[", "a[", "[]a]", "[-]", "[a-]", "a\\", "x/[b-", "[^]"]) {
      assert.throws(() => checkPattern(pattern), SyntaxError, pattern);
    }
    const problems: string[] = [];
    const context = {
      isPending: () => false,
      problem: (option: string, summary: string) => problems.push(`${option}: ${summary}`),
    };
    await artifice.prepare?.({ files: ["fine/*", "[broken"] }, context as unknown as PrepareContext);
    await artifice.prepare?.({ files: [] }, context as unknown as PrepareContext);
    assert.deepEqual(problems, [
      "files: This is not a file name pattern",
      "files: No files specified in artifice configuration",
    ]);
  });

  it("the files that are found take the place of the artifact's", async () => {
    const run = fakeRun({ component: artifice, host: fakeHost({ cwd }) });
    const { artifact, input } = await artifice.postProcess(
      { files: ["a/*.img", "nothing*", "top.IMG"] },
      artifactOf("old.img", "older.img"),
      run,
    );
    assert.deepEqual(run.lines, [
      "==> Discarding files from artifact: old.img, older.img",
      "==> Using these artifact files: a/.hidden.img, a/1.img, a/2.img, top.IMG",
    ]);
    assert.equal(input, "keep");
    assert.equal(artifact?.builderId, "packer.post-processor.artifice");
    assert.equal(artifact?.id, "");
    assert.deepEqual(artifact?.files, ["a/.hidden.img", "a/1.img", "a/2.img", "top.IMG"]);
    assert.equal(artifact?.describe(), "Created artifact from files: a/.hidden.img, a/1.img, a/2.img, top.IMG");
    assert.equal(artifact?.state("generated_data"), undefined);
  });

  it("a file that is named and not there is an error, and a pattern that fits nothing is not", async () => {
    const run = fakeRun({ host: fakeHost({ cwd }) });
    for (const files of [["top.IMG", "missing.img"], ["gone/missing.img"]]) {
      await assert.rejects(
        async () => artifice.postProcess({ files }, artifactOf(), run),
        (thrown: BuildError) => {
          assert.equal(thrown.diagnostics[0]?.code, "artifice/missing");
          assert.match(thrown.message, /There is no file (gone\/)?missing\.img/);
          return true;
        },
      );
    }
  });

  it("an artifact without files is not said to be discarded", async () => {
    const run = fakeRun({ component: artifice, host: fakeHost({ cwd }) });
    await artifice.postProcess({ files: ["nothing*"] }, artifactOf(), run);
    assert.deepEqual(run.lines, ["==> Using these artifact files:"]);
  });

  it("destroying the artifact removes its files and folders and nothing else", async () => {
    const { artifact } = await artifice.postProcess(
      { files: ["b"] },
      artifactOf(),
      fakeRun({ component: artifice, host: fakeHost({ cwd }) }),
    );
    await artifact?.destroy();
    assert.deepEqual((await readdir(cwd)).sort(), ["*", "a", "top.IMG", "zoé"]);
  });
});
