// Values under `build` in both languages: before a run, in a run, and those that a builder does not have.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { GeneratedData } from "../../src/sdk/artifact.ts";
import { planOf } from "./plan-view.ts";

const json = JSON.stringify({
  builders: [{ type: "null", communicator: "none" }],
  provisioners: [
    {
      type: "shell-local",
      inline: ["{{build `ID`}}, {{.PackerHTTPIP}}, {{build `PackerHTTPPort`}}, {{build `PackerHTTPAddr`}}"],
    },
  ],
});
const hcl = `
source "null" "a" { communicator = "none" }
build {
  sources = ["source.null.a"]
  provisioner "shell-local" {
    inline = ["\${build.ID}, \${build.PackerHTTPIP}, \${build.PackerHTTPPort}, \${build.PackerHTTPAddr}"]
  }
}`;

async function inlineOf(t: TestContext, file: string, text: string, generated: GeneratedData): Promise<unknown> {
  const cwd = mkdtempSync(join(tmpdir(), "packer-ts-build-data-"));
  t.after(() => rmSync(cwd, { recursive: true }));
  writeFileSync(join(cwd, file), text);
  const { plan, diagnostics } = await planOf({ path: file, cwd });
  assert.deepEqual(diagnostics, []);
  const prepared = await plan.builds[0]?.provisioners[0]?.prepare(generated);
  return prepared?.config["inline"];
}

describe("template/build-data", () => {
  for (const [file, text] of [
    ["t.json", json],
    ["t.pkr.hcl", hcl],
  ] as const) {
    it(`puts the values of the run into ${file}`, async (t) => {
      const generated = { ID: "i-1", PackerHTTPIP: "10.0.0.1", PackerHTTPPort: 8080, PackerHTTPAddr: "10.0.0.1:8080" };
      assert.deepEqual(await inlineOf(t, file, text, generated), ["i-1, 10.0.0.1, 8080, 10.0.0.1:8080"]);
    });

    it(`puts Packer's text into ${file} for what a builder does not have`, async (t) => {
      const absent = ["ID", "HTTP_IP", "HTTP_PORT", "HTTP_ADDR"].map(
        (name) => `ERR_${name}_NOT_IMPLEMENTED_BY_BUILDER`,
      );
      assert.deepEqual(await inlineOf(t, file, text, {}), [absent.join(", ")]);
    });
  }
});
