// Options that no native component has, as plugins do: objects, labelled blocks, sets and fractions, in every language.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createCatalog } from "../../src/catalog.ts";
import type { Diagnostic } from "../../src/diagnostic/diagnostic.ts";
import { writeType } from "../../src/generate/option-text.ts";
import { writeReferencePages } from "../../src/generate/reference.ts";
import { makeTemplateSchema } from "../../src/generate/template-schema.ts";
import { defineBuilder } from "../../src/sdk/builder.ts";
import { makeRegistry } from "../../src/sdk/catalog.ts";
import { type ConfigOf, option } from "../../src/sdk/option.ts";
import { anArtifact, runFakePlan } from "../fakes/plan.ts";
import { planOf } from "../template/plan-view.ts";

const options = {
  ratio: option.fraction({ description: "How much.", min: 0, max: 2 }),
  zones: option.stringSet({ description: "Where." }),
  boot: option.object(
    {
      firmware: option.string({ description: "Which.", default: "bios" }),
      secure: option.bool({ description: "Whether.", default: false }),
      wait: option.duration({ description: "How long." }),
    },
    { description: "How it starts." },
  ),
  shares: option.objects(
    {
      path: option.string({ description: "Where.", required: true }),
      weight: option.fraction({ description: "How much.", default: 0.5 }),
    },
    { description: "What it sees." },
  ),
  disk: option.labelledBlocks(
    ["bus", "name"],
    { size: option.number({ description: "How big.", required: true }) },
    { description: "Its disks." },
  ),
};

type Config = ConfigOf<typeof options>;

interface Made {
  /** What the builder was given. */
  readonly config: Config | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Plans a template and builds it when nothing is wrong. */
async function make(t: TestContext, file: string, text: string): Promise<Made> {
  const cwd = mkdtempSync(join(tmpdir(), "packer-ts-types-"));
  t.after(() => rmSync(cwd, { recursive: true }));
  writeFileSync(join(cwd, file), text);
  let config: Config | undefined;
  const rich = defineBuilder({
    type: "rich",
    summary: "Has options of every type.",
    communicators: [],
    options,
    async build(given) {
      config = given;
      return anArtifact("made");
    },
  });
  const catalog = { ...createCatalog(), builders: makeRegistry([rich]) };
  const { plan, diagnostics } = await planOf({ path: file, cwd, catalog });
  if (diagnostics.length === 0) {
    const { builds } = await runFakePlan(plan);
    assert.equal(builds[0]?.error, undefined);
  }
  return { config, diagnostics };
}

const json = {
  type: "rich",
  ratio: "1.25",
  zones: ["b", "a", "b"],
  boot: { secure: true, wait: "30s" },
  shares: [{ path: "/a", weight: 0.25 }, { path: "/b" }],
  disk: { scsi: { root: { size: 10 }, data: { size: 20 } }, ide: { old: [{ size: 1 }, { size: 2 }] } },
};

const yaml = `builders:
  - type: rich
    ratio: 1.25
    zones: [b, a, b]
    boot:
      secure: true
      wait: 30s
    shares:
      - path: /a
        weight: 0.25
      - path: /b
    disk:
      scsi:
        root: { size: 10 }
        data: { size: 20 }
      ide:
        old:
          - size: 1
          - size: 2
`;

const inBuild = (body: string): string =>
  `source "rich" "a" {\n${body}\n}\nbuild {\n  sources = ["source.rich.a"]\n}\n`;

const hcl = inBuild(`  ratio  = 1.25
  zones  = ["b", "a", "b"]
  boot   = { secure = true, wait = "30s" }
  shares = [{ path = "/a", weight = 0.25 }, { path = "/b" }]
  disk "scsi" "root" {
    size = 10
  }
  disk "scsi" "data" {
    size = 20
  }
  dynamic "disk" {
    for_each = [1, 2]
    labels   = ["ide", "old"]
    content {
      size = disk.value
    }
  }`);

const expected = {
  ratio: 1.25,
  zones: ["a", "b"],
  boot: { firmware: "bios", secure: true, wait: 30_000 },
  shares: [
    { path: "/a", weight: 0.25 },
    { path: "/b", weight: 0.5 },
  ],
  disk: [
    { bus: "scsi", name: "root", size: 10 },
    { bus: "scsi", name: "data", size: 20 },
    { bus: "ide", name: "old", size: 1 },
    { bus: "ide", name: "old", size: 2 },
  ],
};

/** Where and what, in short. */
function short(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ code, summary, detail, subject }) =>
    [subject?.start.line, code, code === "option/unknown" ? detail : summary].join(" "),
  );
}

describe("option types", () => {
  for (const [file, text] of [
    ["t.json", JSON.stringify({ builders: [json] })],
    ["t.yaml", yaml],
    ["t.pkr.hcl", hcl],
  ] as const) {
    it(`reach a component alike from ${file}`, async (t) => {
      const { config, diagnostics } = await make(t, file, text);
      assert.deepEqual(diagnostics, []);
      assert.deepEqual({ ...config, communicator: undefined }, { ...expected, ...untouched(config) });
    });
  }

  it("are empty or unset when nobody writes them", async (t) => {
    const { config } = await make(t, "t.pkr.hcl", inBuild(""));
    assert.deepEqual(
      [config?.ratio, config?.zones, config?.boot, config?.shares, config?.disk],
      [undefined, [], undefined, [], []],
    );
  });

  it("tell what is wrong inside them, at its place", async (t) => {
    const body = `  ratio  = 2.5
  boot   = { secur = true }
  shares = [{ weight = "heavy" }]
  disk "scsi" "root" {
    siez = 10
  }`;
    const { diagnostics } = await make(t, "t.pkr.hcl", inBuild(body));
    assert.deepEqual([...short(diagnostics)].sort(), [
      '2 option/value "ratio" is 2.5, but must be at most 2',
      '3 option/unknown Block "boot" has no option "secur".',
      '4 option/missing Missing required option "shares[0].path"',
      '4 option/wrong-type "shares[0].weight" must be a number, but is a string',
      '6 option/unknown Block "disk[0].scsi.root" has no option "siez".',
    ]);
  });

  it("say in JSON where a label is missing", async (t) => {
    const text = JSON.stringify({ builders: [{ type: "rich", disk: { scsi: { size: 10 } } }] });
    const { diagnostics } = await make(t, "t.json", text);
    assert.match(diagnostics[0]?.summary ?? "", /^"disk\.scsi\.size" must be a block, but is the number 10$/);
  });

  it("refuse a block without its labels in HCL2", async (t) => {
    const { diagnostics } = await make(t, "t.pkr.hcl", inBuild('  disk "scsi" {\n    size = 1\n  }'));
    assert.equal(diagnostics.length > 0, true);
    assert.equal(diagnostics[0]?.subject?.start.line, 2);
  });

  it("are described in the reference and in the JSON Schema", () => {
    assert.equal(writeType(options.ratio.type), "number, also with a fraction");
    assert.equal(writeType(options.zones.type), "set of strings");
    assert.equal(writeType(options.shares.type), "list of objects");
    assert.equal(writeType(options.disk.type), "blocks, labelled with its bus and name");
    const rich = defineBuilder({
      type: "rich",
      summary: "Has options of every type.",
      communicators: [],
      options,
      build: async () => undefined,
    });
    const catalog = { ...createCatalog(), builders: makeRegistry([rich]) };
    const page = writeReferencePages({ catalog, commands: [], inputs: [], codes: {} }).get("builder/rich.md") ?? "";
    for (const name of ["boot", "shares", "disk"]) {
      assert.match(page, new RegExp(`### \`${name}\``));
    }
    const { definitions } = makeTemplateSchema(catalog) as {
      definitions: { builder: { allOf: { then: { properties: Record<string, unknown> } }[] } };
    };
    const properties = definitions.builder.allOf[0]?.then.properties ?? {};
    assert.deepEqual((properties["ratio"] as { type: unknown }).type, ["number", "string"]);
    assert.equal(
      (properties["boot"] as { properties: Record<string, { default: unknown }> }).properties["firmware"]?.default,
      "bios",
    );
  });
});

/** What stands beside a builder's own options in its configuration. */
function untouched(config: Config | undefined): Readonly<Record<string, unknown>> {
  const own = Object.keys(options);
  const others = Object.entries(config ?? {}).filter(([name]) => !own.includes(name));
  return { ...Object.fromEntries(others), communicator: undefined };
}
