// Packer's HCL2 blocks: every case of hcl2-cases.ts and hcl2-slips.ts is loaded and planned as `validate` does.
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Diagnostic } from "../../src/diagnostic/diagnostic.ts";
import { folderWith } from "../packer-ts.ts";
import { type BadCase, badCases, type GoodCase, goodCases } from "./hcl2-cases.ts";
import { slips } from "./hcl2-slips.ts";
import { type Planned, planOf, viewOf } from "./plan-view.ts";

describe("template/hcl2-blocks", () => {
  for (const one of goodCases) {
    it(one.name, async (t) => checkGood(one, await load(t, one)));
  }
});

describe("template/hcl2-mistakes", () => {
  for (const one of [...badCases, ...slips]) {
    it(`reports ${one.name}`, async (t) => checkBad(one, await load(t, one)));
  }
});

function load(t: TestContext, one: (GoodCase & BadCase) | GoodCase | BadCase): Promise<Planned> {
  const folder = folderWith(
    t,
    Object.fromEntries(Object.entries(one.files).map(([name, text]) => [`here/${name}`, text])),
  );
  const here = join(folder, "here");
  return planOf({
    path: here,
    cwd: here,
    vars: one.vars ?? [],
    varFiles: (one.varFiles ?? []).map((name) => join(here, name)),
    host: { env: one.env ?? {} },
    warnUndeclaredVars: true,
    allowUnsetVars: "allowUnsetVars" in one && one.allowUnsetVars === true,
    wanted: {
      only: one.only ?? [],
      except: ("except" in one ? one.except : undefined) ?? [],
      evaluateDataSources: true,
    },
  });
}

async function checkGood(one: GoodCase, planned: Planned): Promise<void> {
  const found = planned.diagnostics;
  assert.deepEqual(found.filter(({ severity }) => severity === "error").map(placeOf), []);
  assert.deepEqual(
    found.map(({ code }) => code),
    one.warnings ?? [],
  );
  const views = await viewOf(planned);
  if (one.builds !== undefined) {
    assert.deepEqual(
      planned.plan.builds.map(({ name }) => name),
      one.builds,
    );
  }
  if (one.contents !== undefined) {
    assert.deepEqual(
      views.map(({ builder }) => (builder.config as { content: string }).content),
      one.contents,
    );
  }
  if (one.provisioners !== undefined) {
    assert.deepEqual(
      views.map((view) => view.provisioners.map(({ type }) => type)),
      one.provisioners,
    );
  }
  if (one.steps !== undefined) {
    assert.deepEqual(
      views.map((view) => view.postProcessors.map((sequence) => sequence.map(({ name }) => name))),
      one.steps,
    );
  }
  for (const secret of one.hidden ?? []) {
    assert.ok(planned.hidden.includes(secret), `${secret} is hidden`);
  }
  for (const text of one.shown ?? []) {
    assert.ok(!planned.hidden.includes(text), `${text} is not hidden`);
  }
}

function checkBad(one: BadCase, { diagnostics }: Planned): void {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  assert.deepEqual(errors.map(placeOf).sort(), [...one.mistakes].sort());
  const said = errors.map(({ summary, detail = "", hint = "" }) => `${summary}\n${detail}\n${hint}`).join("\n");
  for (const text of one.says ?? []) {
    assert.ok(said.includes(text), `"${text}" is said in:\n${said}`);
  }
}

/** `code file:line,column-column`; the line of the end only where it is another one. */
function placeOf({ code, subject }: Diagnostic): string {
  if (subject === undefined) {
    return code;
  }
  const { filename, start, end } = subject;
  const to = end.line === start.line ? `${end.column}` : `${end.line},${end.column}`;
  return `${code} ${basename(filename)}:${start.line},${start.column}-${to}`;
}
