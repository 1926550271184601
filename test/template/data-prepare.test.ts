// A data source is prepared like every other part, and is handed its block as it was written.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createCatalog } from "../../src/catalog.ts";
import { type BigFloat, parseDecimal } from "../../src/cty/number.ts";
import { dynamicType, numberType } from "../../src/cty/type.ts";
import { asEntries, isKnown, nullValue, numberValue, objectValue, setValue, type Value } from "../../src/cty/value.ts";
import { type Catalog, makeRegistry } from "../../src/sdk/catalog.ts";
import type { PrepareContext } from "../../src/sdk/component.ts";
import { defineDataSource } from "../../src/sdk/datasource.ts";
import { option } from "../../src/sdk/option.ts";
import type { PlanRequest } from "../../src/template/loading.ts";
import { printValue } from "../../src/template/print-value.ts";
import { type Planned, planOf } from "./plan-view.ts";

interface Seen {
  reads: number;
  settings?: PrepareContext["settings"] | undefined;
  prepared?: Value | undefined;
  read?: Value | undefined;
}

/** A catalog with a data source that refuses odd tags and remembers what it was given. */
function catalogWith(seen: Seen): Catalog {
  const shelf = defineDataSource({
    type: "shelf",
    summary: "Looks something up on a shelf.",
    options: {
      tag: option.string({ description: "What to look for.", required: true, example: "a" }),
      sizes: option.any({ description: "How large it may be." }),
    },
    outputs: { found: { is: "string" } },
    prepare(config, context) {
      seen.prepared = context.rawConfig;
      seen.settings = context.settings;
      if (config.tag.startsWith("odd")) {
        context.problem("tag", "Tags must not be odd", { hint: "Take another one." });
      }
      if (config.tag.startsWith("old")) {
        context.warn("tag", "Old tags will go");
      }
    },
    read: async (config, run) => {
      seen.reads++;
      seen.read = run.rawConfig;
      return { found: `${config.tag}!` };
    },
  });
  return { ...createCatalog(), dataSources: makeRegistry([shelf]) };
}

async function plan(
  t: TestContext,
  block: string,
  wanted: Partial<PlanRequest> = {},
): Promise<Planned & { seen: Seen }> {
  const cwd = mkdtempSync(join(tmpdir(), "packer-ts-data-"));
  t.after(() => rmSync(cwd, { recursive: true }));
  const text = `
variable "later" { type = string }
data "shelf" "a" {
${block}
}
source "null" "a" { communicator = "none" }
build {
  sources = ["source.null.a"]
  provisioner "shell-local" { inline = ["echo \${data.shelf.a.found}"] }
}`;
  writeFileSync(join(cwd, "t.pkr.hcl"), text.trimStart());
  const seen: Seen = { reads: 0 };
  const planned = await planOf({ path: "t.pkr.hcl", cwd, catalog: catalogWith(seen), allowUnsetVars: true, wanted });
  return { ...planned, seen };
}

describe("template/data sources", () => {
  for (const evaluateDataSources of [false, true]) {
    it(`tells what a data source says of its options, ${evaluateDataSources ? "before it is read" : "in a validation"}`, async (t) => {
      const { diagnostics, seen } = await plan(t, '  tag = "odd one"', { evaluateDataSources });
      assert.deepEqual(
        diagnostics.map(({ code, summary, hint, within, subject }) => [
          code,
          summary,
          hint,
          within,
          subject?.start.line,
        ]),
        [["option/invalid", "Tags must not be odd", "Take another one.", 'data "shelf" "a"', 3]],
      );
      assert.equal(seen.reads, 0);
    });
  }

  it("reads a data source that only has a warning", async (t) => {
    const { diagnostics, seen, plan: found } = await plan(t, '  tag = "old one"', { evaluateDataSources: true });
    assert.deepEqual(
      diagnostics.map(({ severity, summary }) => [severity, summary]),
      [["warning", "Old tags will go"]],
    );
    assert.equal(seen.reads, 1);
    const prepared = await found.builds[0]?.provisioners[0]?.prepare();
    assert.deepEqual(prepared?.config["inline"], ["echo old one!"]);
  });

  it("leaves a value that is not known yet out of what a data source may complain about", async (t) => {
    const { diagnostics } = await plan(t, '  tag = "odd ${var.later}"');
    assert.deepEqual(diagnostics, []);
  });

  it("knows the run's settings when it prepares a data source", async (t) => {
    const settings = { force: true, debug: false, onError: "abort" as const };
    const { seen } = await plan(t, '  tag = "a"', { settings });
    assert.equal(seen.settings?.force, true);
    assert.equal(seen.settings?.onError, "abort");
    assert.equal(seen.settings?.packerVersion, "1.16.0");
  });

  it("hands the block as it was written to prepare and read", async (t) => {
    const block = `
  tag   = "a"
  sizes = {
    set  = setunion([2.5, 10])
    none = null
    big  = 123456789012345678901234567890.25
  }`;
    const { seen, diagnostics } = await plan(t, block, { evaluateDataSources: true });
    assert.deepEqual(diagnostics, []);
    for (const raw of [seen.prepared, seen.read]) {
      assert.ok(raw !== undefined);
      assert.deepEqual([...asEntries(raw).keys()], ["sizes", "tag"]);
      const sizes = asEntries(asEntries(raw).get("sizes") as Value);
      assert.equal(printValue(objectValue(sizes)), printValue(objectValue(sizesWritten)));
      assert.equal(sizes.get("set")?.type.kind, "set");
    }
  });

  it("hands on what is not known yet as unknown, with the type that it is going to have", async (t) => {
    const { seen } = await plan(t, '  tag = "a"\n  sizes = { later = var.later }');
    assert.ok(seen.prepared !== undefined);
    const later = asEntries(asEntries(seen.prepared).get("sizes") as Value).get("later");
    assert.deepEqual([later && isKnown(later), later?.type.kind], [false, "string"]);
  });
});

const sizesWritten = [
  ["set", setValue(numberType, [numberValue(2.5), numberValue(10)])],
  ["none", nullValue(dynamicType)],
  ["big", numberValue(parseDecimal("123456789012345678901234567890.25") as BigFloat)],
] as const;
