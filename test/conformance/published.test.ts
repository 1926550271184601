// Values that a build publishes beyond texts: lists and maps, for templates of every language.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createCatalog } from "../../src/catalog.ts";
import type { GeneratedData } from "../../src/sdk/artifact.ts";
import { defineBuilder } from "../../src/sdk/builder.ts";
import { makeRegistry } from "../../src/sdk/catalog.ts";
import { option } from "../../src/sdk/option.ts";
import { defineProvisioner } from "../../src/sdk/provisioner.ts";
import { anArtifact, type FakePlanRun, runFakePlan } from "../fakes/plan.ts";
import { planOf } from "../template/plan-view.ts";

const published: GeneratedData = {
  Disks: ["root", "data"],
  Tags: { team: "red", ports: [80, 443], gone: null },
};

const lists = defineBuilder({
  type: "lists",
  summary: "Publishes more than texts.",
  communicators: [],
  options: {},
  prepare(_config, context) {
    context.generates({ name: "Disks", type: { is: "list", of: { is: "string" } } });
    context.generates({ name: "Tags", type: { is: "map", of: { is: "any" } } });
  },
  async build(_config, run) {
    run.publish(published);
    await run.provision(undefined);
    return { ...anArtifact("made"), state: (name) => (name === "generated_data" ? run.generated : undefined) };
  },
});

const note = defineProvisioner({
  type: "note",
  summary: "Says what it is told.",
  options: {
    lines: option.strings({ description: "What to say." }),
    tags: option.any({ description: "What to know." }),
  },
  async provision({ lines, tags }, run) {
    for (const line of lines) {
      run.ui.message(line);
    }
    run.ui.message(`tags: ${JSON.stringify(tags)}`);
  },
});

async function build(t: TestContext, file: string, text: string): Promise<FakePlanRun> {
  const cwd = mkdtempSync(join(tmpdir(), "packer-ts-published-"));
  t.after(() => rmSync(cwd, { recursive: true }));
  writeFileSync(join(cwd, file), text);
  const catalog = { ...createCatalog(), builders: makeRegistry([lists]), provisioners: makeRegistry([note]) };
  const { plan, diagnostics } = await planOf({ path: file, cwd, catalog });
  assert.deepEqual(diagnostics, []);
  return runFakePlan(plan);
}

describe("published data beyond texts", () => {
  it("are lists and maps in HCL2 expressions", async (t) => {
    const text = `source "lists" "a" {}
build {
  sources = ["source.lists.a"]
  provisioner "note" {
    lines = concat(build.Disks, ["first: \${build.Disks[0]}", join("+", [for p in build.Tags.ports : p + 1])])
    tags  = build.Tags
  }
}
`;
    const { builds, lines } = await build(t, "t.pkr.hcl", text);
    assert.equal(builds[0]?.error, undefined);
    assert.deepEqual(
      lines.filter((line) => line.startsWith("    ")).map((line) => line.replace("    lists.a: ", "")),
      ["root", "data", "first: root", "81+444", 'tags: {"gone":null,"ports":[80,443],"team":"red"}'],
    );
  });

  it("are what templates of JSON range over, also while nothing runs", async (t) => {
    const text = JSON.stringify({
      builders: [{ type: "lists" }],
      provisioners: [
        { type: "note", lines: ["{{ range .Disks }}<{{ . }}>{{ end }}", "{{ index (build `Tags`) `team` }}"] },
      ],
    });
    const { builds, lines } = await build(t, "t.json", text);
    assert.equal(builds[0]?.error, undefined);
    assert.ok(lines.includes("    lists: <root><data>"), lines.join("\n"));
    assert.ok(lines.includes("    lists: red"), lines.join("\n"));
  });
});
