// One file and several builds: either all of them are in it, or the two that would overwrite each other are named.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { folderWith, packerTs } from "../packer-ts.ts";

const files = (count: number, prefix = "b"): object[] =>
  Array.from({ length: count }, (_, i) => ({
    type: "file",
    name: `${prefix}${i}`,
    target: `out/${prefix}${i}.txt`,
    content: `${prefix}${i}`,
  }));

describe("e2e/shared output", () => {
  for (const count of [1, 2, 4, 12, 24]) {
    it(`a manifest of ${count} builds that end together names them all`, async (t) => {
      const template = { builders: files(count), "post-processors": [{ type: "manifest", output: "m.json" }] };
      const cwd = folderWith(t, { "t.json": JSON.stringify(template) });
      const { code, stdout } = await packerTs(["build", "t.json"], { cwd });
      assert.equal(code, 0, stdout);
      const names = JSON.parse(readFileSync(join(cwd, "m.json"), "utf8")).builds.map(
        ({ name }: { name: string }) => name,
      );
      assert.deepEqual(
        names.sort(),
        files(count)
          .map((each) => (each as { name: string }).name)
          .sort(),
      );
      assert.deepEqual((await readdir(cwd)).sort(), ["m.json", "out", "t.json"]);
    });
  }

  it("a manifest that several programs write at once names the builds of all of them", async (t) => {
    const manifest = { type: "manifest", output: "m.json" };
    const texts = ["x", "y", "z"].map((prefix) => [
      `${prefix}.json`,
      JSON.stringify({ builders: files(8, prefix), "post-processors": [manifest] }),
    ]);
    const cwd = folderWith(t, Object.fromEntries(texts));
    const ends = await Promise.all(["x", "y", "z"].map((prefix) => packerTs(["build", `${prefix}.json`], { cwd })));
    for (const { code, stdout } of ends) {
      assert.equal(code, 0, stdout);
    }
    assert.equal(JSON.parse(readFileSync(join(cwd, "m.json"), "utf8")).builds.length, 24);
    assert.deepEqual(
      (await readdir(cwd)).filter((name) => name.startsWith("m.json")),
      ["m.json"],
    );
  });

  it("checksums of builds that end together are all in one file, which is one artifact only", async (t) => {
    const template = {
      builders: files(12),
      "post-processors": [{ type: "checksum", checksum_types: ["md5"], output: "sums" }],
    };
    const cwd = folderWith(t, { "t.json": JSON.stringify(template) });
    const { code, stdout } = await packerTs(["build", "t.json"], { cwd });
    assert.equal(code, 0, stdout);
    assert.equal(readFileSync(join(cwd, "sums"), "utf8").trimEnd().split("\n").length, 12);
    assert.equal(stdout.match(/Created artifact from files: [^\n]*sums/g)?.length, 1, stdout);
  });

  const hcl = (output: string): string => `
    source "file" "one" {
      content = "1"
      target = "one.txt"
    }
    source "file" "two" {
      content = "2"
      target = "two.txt"
    }
    build {
      sources = ["source.file.one", "source.file.two"]
      post-processor "compress" {
        output = "${output}"
      }
    }`;
  const json = (output: string): string => {
    const builders = ["one", "two"].map((name) => ({ type: "file", name, content: name, target: `${name}.txt` }));
    return JSON.stringify({ builders, "post-processors": [{ type: "compress", output }] });
  };

  for (const [language, name, template] of [
    ["JSON", "t.json", json],
    ["HCL2", "t.pkr.hcl", hcl],
  ] as const) {
    it(`two builds with one archive are named before anything is built, in ${language}`, async (t) => {
      const cwd = folderWith(t, { [name]: template("all.tar.gz") });
      for (const command of ["validate", "build"]) {
        const { code, stdout } = await packerTs([command, name], { cwd });
        assert.equal(code, 1, stdout);
        assert.match(
          stdout,
          /The builds "(file\.)?one" and "(file\.)?two" both write to "all\.tar\.gz" {2}\[output\/shared\]/,
        );
      }
      assert.equal(existsSync(join(cwd, "two.txt")), false);
      const one = `-only=${language === "JSON" ? "one" : "file.one"}`;
      for (const command of ["validate", "build"]) {
        assert.equal((await packerTs([command, one, name], { cwd })).code, 0);
      }
    });

    it(`an archive whose name is only known in the build is not overwritten by another one, in ${language}`, async (t) => {
      const cwd = folderWith(t, { [name]: template("{{.BuilderType}}.tar.gz") });
      assert.equal((await packerTs(["validate", name], { cwd })).code, 0);
      const { code, stdout } = await packerTs(["build", name], { cwd });
      assert.equal(code, 1, stdout);
      assert.match(stdout, /The builds "(file\.)?(one|two)" and "(file\.)?(one|two)" both write to "file\.tar\.gz"/);
      assert.equal(existsSync(join(cwd, "file.tar.gz")), true);
    });

    it(`builds with archives of their own are fine, in ${language}`, async (t) => {
      const cwd = folderWith(t, { [name]: template("{{.BuildName}}.tar.gz") });
      assert.equal((await packerTs(["build", name], { cwd })).code, 0);
      assert.deepEqual([existsSync(join(cwd, "one.tar.gz")), existsSync(join(cwd, "two.tar.gz"))], [true, true]);
    });
  }

  it("two builders with one target are named, and built as Packer builds them", async (t) => {
    const builders = ["one", "two", "three"].map((name) => ({
      type: "file",
      name,
      content: name,
      target: "./same.txt",
    }));
    const cwd = folderWith(t, { "t.json": JSON.stringify({ builders }) });
    const { code, stdout } = await packerTs(["validate", "t.json"], { cwd });
    assert.equal(code, 0);
    assert.equal(stdout.match(/Warning: The builds "\w+" and "\w+" both write to "\.\/same\.txt"/g)?.length, 1, stdout);
    assert.equal((await packerTs(["build", "t.json"], { cwd })).code, 0);
  });
});
