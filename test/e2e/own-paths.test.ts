// Builds that would get in each other's way, or in their own, as `validate` tells it.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { folderWith, packerTs } from "../packer-ts.ts";

async function validate(
  t: TestContext,
  template: object,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const cwd = folderWith(t, { ...files, "t.json": JSON.stringify(template, null, 2) });
  const { stdout, stderr } = await packerTs(["validate", "t.json"], { cwd });
  return stdout + stderr;
}

const machine = (name: string, more: object = {}) => ({
  ...{ type: "qemu", name, communicator: "none", iso_url: "boot.iso", iso_checksum: "none" },
  ...more,
});

describe("e2e/own-paths", () => {
  test("two machines in one folder are a mistake on the second one's line", async (t) => {
    const builders = [machine("one", { output_directory: "out" }), machine("two", { output_directory: "./out/" })];
    const said = await validate(t, { builders }, { "boot.iso": "x" });
    assert.match(said, /Error: The builds "one" and "two" both write to "\.\/out\/"\s+\[output\/shared\]/);
    assert.match(said, /17: +"output_directory": "\.\/out\/"/);
    const apart = [machine("one", { output_directory: "out-1" }), machine("two", { output_directory: "out-2" })];
    assert.match(await validate(t, { builders: apart }, { "boot.iso": "x" }), /The configuration is valid/);
  });

  test("two builds that write the same file are warned of on the second one's line", async (t) => {
    const builders = ["one", "two"].map((name) => ({ type: "file", name, target: "made.txt", content: name }));
    const said = await validate(t, { builders });
    assert.match(
      said,
      /Warning: The builds "one" and "two" both write to "made\.txt"[\s\S]*12: +"target": "made\.txt"/,
    );
    assert.match(said, /The configuration is valid/);
  });

  test("a file that the build reads is not replaced by it", async (t) => {
    const itself = { builders: [{ type: "file", target: "./text", source: "text" }] };
    assert.match(
      await validate(t, itself, { text: "precious" }),
      /The file "\.\/text" is "text", which the build needs/,
    );
    const inside = {
      builders: [machine("one", { output_directory: "machine" })],
      provisioners: [{ type: "shell-local", script: "machine/set-up.sh" }],
    };
    const said = await validate(t, inside, { "boot.iso": "x", "machine/set-up.sh": "" });
    assert.match(said, /The folder "machine" holds "machine\/set-up\.sh", which the build needs/);
  });

  test("a folder that others need is refused, also with -force and before anything is done", async (t) => {
    for (const output_directory of [".", "./sub/..", "..", "/", "link", "sub/../sub/.."]) {
      const cwd = folderWith(t, {
        "t.json": JSON.stringify({ builders: [machine("m", { output_directory })] }),
        "boot.iso": "x",
        "sub/x": "",
      });
      const { symlinkSync } = await import("node:fs");
      symlinkSync(".", join(cwd, "link"));
      const { code, stdout, stderr } = await packerTs(["build", "-force", "t.json"], { cwd });
      assert.equal(code, 1, output_directory);
      assert.match(stdout + stderr, /(is|holds) the (template|current folder|root of a file system)/, output_directory);
      assert.ok(existsSync(join(cwd, "boot.iso")) && existsSync(join(cwd, "t.json")), output_directory);
    }
    const holdsIso = { builders: [machine("m", { output_directory: "sub", iso_url: "sub/boot.iso" })] };
    const cwd = folderWith(t, { "t.json": JSON.stringify(holdsIso), "sub/boot.iso": "x" });
    const { stdout, stderr } = await packerTs(["build", "-force", "t.json"], { cwd });
    assert.match(stdout + stderr, /Output directory 'sub' holds 'sub\/boot\.iso', which the machine starts from/);
    assert.ok(existsSync(join(cwd, "sub/boot.iso")));
  });

  test("checksums are not written into the template", async (t) => {
    const cwd = folderWith(t, {
      "t.pkr.hcl": `source "file" "x" {
  content = "x"
  target  = "made.txt"
}
build {
  sources = ["file.x"]
  post-processor "checksum" {
    output = "./t.pkr.hcl"
  }
}
`,
    });
    const { code, stdout, stderr } = await packerTs(["build", "t.pkr.hcl"], { cwd });
    assert.equal(code, 1);
    assert.match(stdout + stderr, /Error: "\.\/t\.pkr\.hcl" is the template[\s\S]*on t\.pkr\.hcl line 8/);
    assert.equal(existsSync(join(cwd, "made.txt")), false);
  });
});
