// Real templates: every HCL2 file is read, and laid out as Packer lays it out.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { format } from "../../src/hcl/format.ts";
import { parseJsonConfig } from "../../src/hcl/json.ts";
import { parseConfig } from "../../src/hcl/parser.ts";

/** No part of the project: it lies beside the checkout, or where `PACKER_TS_CORPUS` says. */
const corpus = process.env["PACKER_TS_CORPUS"] ?? fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));

function filesWith(ending: string): string[] {
  const all = readdirSync(corpus, { recursive: true, encoding: "utf8" });
  return all.filter((path) => path.endsWith(ending) && !path.startsWith("oracle"));
}

describe("hcl/corpus", {
  skip: existsSync(corpus) ? false : "the corpus of templates is not beside this checkout",
}, () => {
  it("reads every file of real templates", () => {
    const files = [...filesWith(".pkr.hcl"), ...filesWith(".pkrvars.hcl")];
    assert.ok(files.length > 100);
    for (const path of files) {
      assert.deepEqual(parseConfig(readFileSync(join(corpus, path), "utf8"), path).diagnostics, [], path);
    }
  });

  it("reads every JSON file of real templates", () => {
    for (const path of [...filesWith(".pkr.json"), ...filesWith(".pkrvars.json")]) {
      assert.deepEqual(parseJsonConfig(readFileSync(join(corpus, path), "utf8"), path).diagnostics, [], path);
    }
  });

  it("lays every file out as Packer does", () => {
    for (const path of [...filesWith(".pkr.hcl"), ...filesWith(".pkrvars.hcl")]) {
      const text = readFileSync(join(corpus, path), "utf8");
      const recorded = join(corpus, "oracle-fmt", path);
      assert.equal(format(text, path).text, existsSync(recorded) ? readFileSync(recorded, "utf8") : text, path);
    }
  });
});
