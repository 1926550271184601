// `build -if-unchanged`, with builds that need no machine.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { buildFolder } from "../../../test/fakes/build-command.ts";

const json = JSON.stringify({
  variables: { word: "hello", pin: "4711", stamp: "{{timestamp}}" },
  "sensitive-variables": ["pin"],
  builders: [
    { type: "file", name: "a", target: "out/a.txt", content: "{{user `word`}} {{user `stamp`}} {{uuid}}" },
    { type: "file", name: "b", target: "out/b.txt", source: "b.src" },
  ],
  provisioners: [
    { type: "shell-local", only: ["a"], inline: ['test "$PIN" != ""'], environment_vars: ["PIN={{user `pin`}}"] },
  ],
});
const files = {
  "t.json": json,
  "b.src": "b",
  "t.pkr.hcl": 'source "null" "n" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.n"]\n}\n',
};

describe("build/unchanged", () => {
  it("skips the second time, and tells the artifacts of the first", async (t) => {
    const { run } = buildFolder(t, files);
    const first = await run("t.json");
    assert.deepEqual([first.exitCode, [...first.built].sort()], [0, ["a", "b"]]);
    assert.deepEqual(first.reasons, { a: ["no earlier build of it is known"], b: ["no earlier build of it is known"] });
    const second = await run("t.json");
    assert.deepEqual([second.exitCode, second.built, second.reasons], [0, [], { a: [], b: [] }]);
    assert.match(second.text, /^Nothing changed for 'a' since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\.$/m);
    assert.match(second.text, /^--> a: Stored file: out\/a\.txt$/m);
    assert.deepEqual(second.diagnostics, []);
  });

  it("makes what changed and names why, and leaves the rest alone", async (t) => {
    const { folder, run } = buildFolder(t, files);
    await run("t.json");
    writeFileSync(join(folder, "b.src"), "other");
    const second = await run("t.json");
    assert.deepEqual([second.built, second.reasons], [["b"], { a: [], b: ["file b.src: changed"] }]);
    assert.match(second.text, /^Build 'b' is to be made:\n {2}file b\.src: changed$/m);
    const third = await run("t.json", { vars: { word: "bye" } });
    assert.deepEqual([third.built, third.reasons["b"]], [["a"], []]);
    assert.equal(third.reasons["a"]?.[0], "variable word: hello -> bye");
    assert.deepEqual((await run("t.json", { vars: { word: "bye" } })).built, []);
  });

  it("names a secret variable that changed, and keeps neither value", async (t) => {
    const { folder, run } = buildFolder(t, files);
    await run("t.json");
    const second = await run("t.json", { vars: { pin: "0815" } });
    assert.deepEqual(second.reasons["a"], ["variable pin: changed"]);
    assert.deepEqual(second.built, ["a"]);
    assert.doesNotMatch(readFileSync(join(folder, "fp.json"), "utf8"), /4711|0815/);
    assert.doesNotMatch(second.text, /4711|0815/);
  });

  it("knows a build again whose name holds the time", async (t) => {
    const builders = ["x", "y"].map((name) => ({
      type: "file",
      name: `${name}-{{timestamp}}`,
      target: `out/${name}`,
      content: name,
    }));
    const { run } = buildFolder(t, { "t.json": JSON.stringify({ builders }) });
    const at = (startedAt: number) => ({ context: { startedAt } });
    assert.deepEqual([...(await run("t.json", at(Date.UTC(2024, 0, 1)))).built].sort(), [
      "x-1704067200",
      "y-1704067200",
    ]);
    const second = await run("t.json", at(Date.UTC(2025, 0, 1)));
    assert.deepEqual([second.built, second.reasons], [[], { "x-1735689600": [], "y-1735689600": [] }]);
  });

  it("builds what is gone", async (t) => {
    const { folder, run } = buildFolder(t, files);
    await run("t.json");
    rmSync(join(folder, "out/a.txt"));
    const second = await run("t.json");
    assert.deepEqual([second.built, second.reasons], [["a"], { a: ["its file out/a.txt is gone"], b: [] }]);
  });

  it("refuses with `fail` before anything is built, and does so only for what did not change", async (t) => {
    const { run } = buildFolder(t, files);
    assert.equal((await run("t.json", { ifUnchanged: "fail" })).exitCode, 0);
    const second = await run("t.json", { ifUnchanged: "fail", vars: { word: "bye" } });
    assert.deepEqual([second.exitCode, second.built], [1, []]);
    assert.deepEqual(
      second.diagnostics.map(({ code, summary, detail }) => [code, summary, detail]),
      [
        [
          "fingerprint/unchanged",
          "Nothing changed since the last build of b",
          "Reasons to build: no change. Nothing was built.",
        ],
      ],
    );
    const third = await run("t.json", { ifUnchanged: "fail", vars: { word: "bye" }, only: ["a"] });
    assert.deepEqual([third.exitCode, third.built], [0, ["a"]]);
  });

  it("builds all the same with `build`, tells what changed, and keeps it", async (t) => {
    const { run } = buildFolder(t, files);
    await run("t.json", { ifUnchanged: "build" });
    const second = await run("t.json", { ifUnchanged: "build" });
    assert.deepEqual([[...second.built].sort(), second.reasons], [["a", "b"], { a: [], b: [] }]);
    assert.deepEqual((await run("t.json", { ifUnchanged: "skip" })).built, []);
  });

  it("compares nothing and writes nothing unless asked", async (t) => {
    const { folder, run } = buildFolder(t, files);
    const { reasons, built } = await run("t.json", { ifUnchanged: "build", file: undefined });
    assert.deepEqual([reasons, built.length], [{}, 2]);
    assert.throws(() => readFileSync(join(folder, "fp.json")));
  });

  it("asks for a file where there is no other place", async (t) => {
    const { run } = buildFolder(t, files);
    const { exitCode, diagnostics, built } = await run("t.json", { file: undefined });
    assert.deepEqual([exitCode, built, diagnostics.map(({ code }) => code)], [1, [], ["fingerprint/nowhere"]]);
  });

  it("keeps several templates and builds that were not selected in one file", async (t) => {
    const { run } = buildFolder(t, files);
    await run("t.json", { only: ["a"] });
    await run("t.pkr.hcl");
    await run("t.json", { only: ["b"] });
    assert.deepEqual((await run("t.json")).built, []);
    assert.deepEqual((await run("t.pkr.hcl")).built, []);
  });

  it("does not take a build that failed for one that was made", async (t) => {
    const { folder, run } = buildFolder(t, files);
    await run("t.json");
    rmSync(join(folder, "b.src"));
    const failed = await run("t.json");
    assert.deepEqual([failed.exitCode, failed.reasons["b"]], [1, ["file b.src: changed"]]);
    writeFileSync(join(folder, "b.src"), "b");
    assert.deepEqual((await run("t.json")).built, [], "it is as it was when it was last made");
  });

  for (const [what, text] of [
    ["of another program", '{ "builds": [] }'],
    ["that is no JSON", "hello"],
    ["of a later version", '{ "packer-ts-fingerprints": 99, "templates": {} }'],
    [
      "with a broken record",
      '{ "packer-ts-fingerprints": 1, "templates": { "t.json": { "salt": "00000000000000000000000000000000", "builds": { "a": {} } } } }',
    ],
    ["with a list where a record should be", '{ "packer-ts-fingerprints": 1, "templates": { "t.json": [] } }'],
  ] as const) {
    it(`warns of a file ${what}, builds, and writes it anew`, async (t) => {
      const { run } = buildFolder(t, { ...files, "fp.json": text });
      const { exitCode, diagnostics, built } = await run("t.json");
      assert.deepEqual([exitCode, built.length], [0, 2]);
      assert.deepEqual(
        diagnostics.map(({ code, severity }) => [code, severity]),
        [["fingerprint/unreadable", "warning"]],
      );
      assert.deepEqual((await run("t.json")).built, []);
    });
  }

  it("warns when the file cannot be written, and still builds", async (t) => {
    const { run } = buildFolder(t, { ...files, "no-folder": "" });
    const { exitCode, diagnostics } = await run("t.json", { file: "no-folder/fp.json" });
    assert.equal(exitCode, 0);
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ["fingerprint/unreadable", "fingerprint/unwritable"],
    );
  });

  it("does not trust a record whose recipe was made to fit", async (t) => {
    const { folder, run } = buildFolder(t, files);
    await run("t.json", { only: ["b"] });
    const path = join(folder, "fp.json");
    writeFileSync(path, readFileSync(path, "utf8").replace(/"fingerprint": "\w{8}/, '"fingerprint": "00000000'));
    assert.deepEqual((await run("t.json", { only: ["b"] })).built, ["b"]);
  });

  it("reads standard input and asks data sources once", async (t) => {
    let asked = 0;
    const { folder, run } = buildFolder(t, { "fp.json": "", "t.pkr.hcl": "" });
    writeFileSync(
      join(folder, "t.pkr.hcl"),
      'data "http" "x" {\n  url = "http://example.test/"\n}\nsource "file" "n" {\n  target = "out.txt"\n  content = data.http.x.body\n}\nbuild {\n  sources = ["file.n"]\n}\n',
    );
    const { nodeHost } = await import("../../host/node.ts");
    const real = nodeHost();
    const fetchOnce = async (): Promise<Response> => {
      asked++;
      return new Response("answer");
    };
    const host = { ...real, cwd: folder, network: { ...real.network, fetch: fetchOnce } };
    const { exitCode } = await run("t.pkr.hcl", { context: { host } });
    assert.deepEqual([exitCode, asked], [0, 1]);
  });
});
