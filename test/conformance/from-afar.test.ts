// Components that live in another process: what they have and what they made has to be asked for.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { createCatalog } from "../../src/catalog.ts";
import { nodeHost } from "../../src/host/node.ts";
import type { Artifact } from "../../src/sdk/artifact.ts";
import { type Builder, defineBuilder } from "../../src/sdk/builder.ts";
import { type LoadCatalog, makeRegistry, type Registry, type RequiredPlugin } from "../../src/sdk/catalog.ts";
import { option } from "../../src/sdk/option.ts";
import { type FakePlanRun, runFakePlan } from "../fakes/plan.ts";
import { planOf } from "../template/plan-view.ts";

/** An artifact every fact of which is a call to the process that made it. */
function asked(text: string, facts: Readonly<Record<string, unknown>>): Artifact {
  return {
    builderId: "example.moon",
    id: "moon-1",
    files: [],
    describe: () => wait(5, text),
    state: (name) => wait(5, facts[name]),
    destroy: async () => {},
  };
}

const moon = defineBuilder({
  type: "moon",
  summary: "Builds far away.",
  communicators: ["none"],
  options: { crater: option.string({ description: "Where to land." }) },
  prepare: (_config, context) => context.generates("Crater"),
  async build({ crater }, run) {
    await run.provision(undefined);
    return asked(`An image in ${crater}`, {
      generated_data: { Crater: crater },
      digest: "moon@sha256:0123",
    });
  },
});

/** A catalog that has the moon's builder if the template requires the plugin, and tells what it was asked. */
function pluginCatalog(): { readonly load: LoadCatalog; readonly required: RequiredPlugin[] } {
  const required: RequiredPlugin[] = [];
  const load: LoadCatalog = async (wanted) => {
    required.push(...wanted);
    const own = makeRegistry<Builder>(wanted.some(({ name }) => name === "space") ? [moon] : []);
    const remote: Registry<Builder> = { get: (type) => wait(5, own.get(type)), types: () => own.types() };
    const { communicators, ...rest } = createCatalog();
    return {
      ...rest,
      builders: remote,
      communicators: { get: (type) => wait(5, communicators.get(type)), types: () => communicators.types() },
    };
  };
  return { load, required };
}

const requirement = `packer {
  required_plugins {
    space = {
      source  = "github.com/example/space"
      version = "~> 1.2"
    }
  }
}
`;
const template = `source "moon" "a" {
  crater = "Tycho"
}
build {
  sources = ["source.moon.a"]
  post-processor "manifest" {
    output      = "manifest.json"
    custom_data = { crater = "{{ .Crater }}" }
  }
}
`;

async function run(t: TestContext, text: string, load: LoadCatalog): Promise<{ folder: string; run: FakePlanRun }> {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-afar-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "t.pkr.hcl"), text);
  const { plan, diagnostics } = await planOf({ path: "t.pkr.hcl", cwd: folder, catalog: load });
  assert.deepEqual(diagnostics, []);
  return { folder, run: await runFakePlan(plan, { host: { ...nodeHost(), cwd: folder } }) };
}

describe("components from afar", () => {
  it("are known when the template requires their plugin", async (t) => {
    const { load, required } = pluginCatalog();
    await run(t, requirement + template, load);
    assert.deepEqual(required, [{ name: "space", source: "github.com/example/space", version: "~> 1.2" }]);
  });

  it("are unknown when it does not", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "packer-ts-afar-"));
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "t.pkr.hcl"), template);
    const { diagnostics } = await planOf({ path: "t.pkr.hcl", cwd: folder, catalog: pluginCatalog().load });
    assert.deepEqual(
      diagnostics.map(({ code, summary }) => [code, summary]),
      [["component/unknown", 'Unknown builder "moon"']],
    );
  });

  it("tell of their artifact in their own time, to the user and to post-processors", async (t) => {
    const { folder, run: done } = await run(t, requirement + template, pluginCatalog().load);
    const [build] = done.builds;
    assert.equal(build?.error, undefined);
    const [artifact] = build?.artifacts ?? [];
    assert.deepEqual([artifact?.text, artifact?.digest], ["An image in Tycho", "moon@sha256:0123"]);
    const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
    assert.deepEqual(manifest.builds[0].custom_data, { crater: "Tycho" });
  });

  it("fail the build in words when they do not tell", async (t) => {
    const mute = defineBuilder({
      type: "moon",
      summary: "Says nothing.",
      communicators: [],
      options: {},
      build: async () => ({
        ...asked("", {}),
        describe: () => Promise.reject(new Error("the plugin went away")),
      }),
    });
    const load: LoadCatalog = async () => ({ ...createCatalog(), builders: makeRegistry([mute]) });
    const text = 'source "moon" "a" {}\nbuild {\n  sources = ["source.moon.a"]\n}\n';
    const { run: done } = await run(t, text, load);
    assert.match(done.builds[0]?.error ?? "", /the plugin went away/);
  });
});
