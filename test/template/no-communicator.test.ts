// A builder that makes its image without connecting to anything lists no communicators.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createCatalog } from "../../src/catalog.ts";
import { defineBuilder } from "../../src/sdk/builder.ts";
import { type Catalog, makeRegistry } from "../../src/sdk/catalog.ts";
import { anArtifact, runFakePlan } from "../fakes/plan.ts";
import { type Planned, planOf } from "./plan-view.ts";

const offline = defineBuilder({
  type: "offline",
  summary: "Makes an image without a machine.",
  communicators: [],
  options: {},
  async build(_config, run) {
    await run.provision(undefined);
    return anArtifact("made offline");
  },
});

function catalog(): Catalog {
  return { ...createCatalog(), builders: makeRegistry([offline]) };
}

async function plan(t: TestContext, options: string): Promise<Planned> {
  const cwd = mkdtempSync(join(tmpdir(), "packer-ts-offline-"));
  t.after(() => rmSync(cwd, { recursive: true }));
  const text = `source "offline" "a" {\n${options}\n}\nbuild {\n  sources = ["source.offline.a"]\n}\n`;
  writeFileSync(join(cwd, "t.pkr.hcl"), text);
  return planOf({ path: "t.pkr.hcl", cwd, catalog: catalog() });
}

describe("template/no communicator", () => {
  it("plans and builds without one", async (t) => {
    const { plan: planned, diagnostics } = await plan(t, "");
    assert.deepEqual(diagnostics, []);
    const { builds } = await runFakePlan(planned);
    assert.deepEqual([builds[0]?.error, builds[0]?.artifacts[0]?.id], [undefined, "made offline"]);
  });

  it("says that there is none to choose", async (t) => {
    const { plan: planned, diagnostics } = await plan(t, '  communicator = "ssh"');
    assert.deepEqual(
      diagnostics.map(({ summary, detail, subject }) => [summary, detail, subject?.start.line]),
      [["Communicator type ssh is invalid", 'The source "offline" "a" uses no communicator.', 2]],
    );
    assert.deepEqual(planned.builds, []);
  });
});
