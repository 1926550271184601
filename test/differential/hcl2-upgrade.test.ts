// What `hcl2_upgrade` writes builds what the JSON template builds: the Plan of both, for every JSON template of the corpus.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { upgradeTemplate } from "../../src/command/hcl2-upgrade/upgrade-template.ts";
import { makeTextFile } from "../../src/diagnostic/text-file.ts";
import type { LegacyTemplate } from "../../src/template/legacy-json/legacy-template.ts";
import { readTemplate } from "../../src/template/legacy-json/read-template.ts";
import { readByName } from "../../src/template/legacy-json/var-files.ts";
import { corpusFolder, corpusTemplates } from "../template/corpus.ts";
import { type Planned, planOf, STARTED_AT, viewOf } from "../template/plan-view.ts";
import { catalogFor } from "../template/stand-ins.ts";

describe("hcl2_upgrade/plan", () => {
  it("keeps the plan of every template of the corpus", { timeout: 300_000 }, async (t) => {
    const corpus = corpusFolder(t);
    if (corpus === undefined) {
      return;
    }
    const copy = mkdtempSync(join(tmpdir(), "packer-ts-upgrade-"));
    t.after(() => rmSync(copy, { recursive: true, force: true }));
    const different: string[] = [];
    let compared = 0;
    let builds = 0;
    let builders = 0;
    for (const entry of corpusTemplates(corpus, "json")) {
      const template = await legacyTemplate(join(corpus, entry.path));
      if (template === undefined) {
        continue;
      }
      const oracle = JSON.parse(readFileSync(join(corpus, entry.oracle), "utf8")) as { cases: { cwd: string }[] };
      const [repository = ""] = entry.path.split("/");
      const home = join(copy, repository);
      cpSync(join(corpus, repository), home, { recursive: true, force: false });
      const result = await bothPlans(template, join(copy, entry.path), join(copy, oracle.cases[0]?.cwd ?? repository));
      compared++;
      builds += result.json.plan.builds.length;
      builders += template.builders.length;
      const difference = await differenceOf(result.json, result.hcl2);
      if (difference !== undefined) {
        different.push(`${entry.path}: ${difference}`);
      }
    }
    t.diagnostic(`${compared} templates; ${builds} of their ${builders} builders can be planned`);
    assert.ok(compared > 0, "the corpus has JSON templates");
    assert.deepEqual(different, []);
  });
});

async function legacyTemplate(path: string): Promise<LegacyTemplate | undefined> {
  const file = makeTextFile(path, readFileSync(path, "utf8"));
  const { value } = await readByName(path, file);
  if (value === undefined) {
    return undefined;
  }
  const { template, diagnostics } = readTemplate(file, value);
  return diagnostics.some(({ severity }) => severity === "error") ? undefined : template;
}

async function bothPlans(
  template: LegacyTemplate,
  path: string,
  cwd: string,
): Promise<{ json: Planned; hcl2: Planned }> {
  const catalog = catalogFor(template);
  const upgraded = await upgradeTemplate(template, catalog, false);
  assert.deepEqual(upgraded.diagnostics, [], path);
  const target = `${path}.pkr.hcl`;
  writeFileSync(target, upgraded.text);
  // Nothing is to stay unknown: required variables get a value that shows where it went.
  const used = [...template.file.text.matchAll(/\buser (?:`|\\")([^`"\\]+)/g)].map(([, name = ""]) => name);
  const vars = [...new Set([...template.variables.keys(), ...used])]
    .filter((name) => template.variables.get(name)?.value === undefined)
    .map((name) => [name, `value-of-${name}`] as const);
  const shared = { cwd, catalog, vars, host: { env: { HOME: "/home/tester" } } };
  return { json: await planOf({ ...shared, path }), hcl2: await planOf({ ...shared, path: target }) };
}

/** The first difference between two plans; builds are compared by the order of their sources. */
async function differenceOf(json: Planned, hcl2: Planned): Promise<string | undefined> {
  const errors = (planned: Planned): string[] =>
    planned.diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ code, summary, detail, subject }) => `${code}: ${summary} ${detail ?? ""} line ${subject?.start.line}`);
  if (errors(json).length === 0 && errors(hcl2).length > 0) {
    return errors(hcl2).slice(0, 3).join("; ");
  }
  const [wanted, got] = [await normalViews(json), await normalViews(hcl2)];
  if (JSON.stringify(wanted) === JSON.stringify(got)) {
    return undefined;
  }
  try {
    assert.deepEqual(got, wanted);
  } catch (thrown) {
    return `${(thrown as Error).message.slice(0, 1500)} ${errors(json).slice(0, 2)} ${errors(hcl2).slice(0, 2)}`;
  }
  return undefined;
}

/** Names of builds differ between the languages, and Packer's `timestamp` has another form in HCL2: both are left out. */
async function normalViews(planned: Planned): Promise<unknown> {
  const seconds = String(Math.floor(STARTED_AT / 1000));
  const views = (await viewOf(planned)).map((view) =>
    JSON.stringify(view, (_key, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    )
      .replaceAll(seconds, "TIME")
      .replaceAll("20240102030405", "TIME"),
  );
  return views.sort().map((view) => JSON.parse(view) as unknown);
}
