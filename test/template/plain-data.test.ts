// What goes to the faces is plain data, whoever made it: every message and event survives copies, JSON and structured clones.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createCatalog } from "../../src/catalog.ts";
import { parseFlags } from "../../src/cli/flags.ts";
import { build } from "../../src/command/build/build.ts";
import type { Command, CommandContext } from "../../src/command/command.ts";
import { validate } from "../../src/command/validate/validate.ts";
import { Secrets } from "../../src/core/secrets.ts";
import { nodeHost } from "../../src/host/node.ts";
import { createLookups } from "../../src/lookups.ts";
import { decodeOptions } from "../../src/template/decode-options.ts";
import { LANGUAGES, type Template } from "../e2e/three-languages.ts";
import { projectRoot } from "../packer-ts.ts";

/** The corpus is no part of the project: it lies beside the checkout, or where `PACKER_TS_CORPUS` says. */
const corpus = resolve(process.env["PACKER_TS_CORPUS"] ?? join(projectRoot, "../shared/corpus"));

/** Throws for what a copy would lose or change: instances, accessors, functions, cycles. */
function assertPlain(value: unknown, path: string): void {
  const kept = structuredClone(value);
  assert.deepStrictEqual(kept, value, path);
  assert.deepStrictEqual(JSON.parse(JSON.stringify(value)), withoutUndefined(kept), path);
  assertFields(value, path);
}

/** A field without a value is the same as none. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutUndefined);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries.map(([name, field]) => [name, withoutUndefined(field)]));
}

/** Neither the clone nor JSON tells a field from an accessor, for both read it. */
function assertFields(value: unknown, path: string): void {
  if (typeof value !== "object" || value === null) {
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  assert.ok(prototype === Object.prototype || prototype === Array.prototype, `${path} is an instance of a class`);
  for (const [name, { get, set, value: field }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    assert.ok(get === undefined && set === undefined, `${path}.${name} is computed`);
    assertFields(field, `${path}.${name}`);
  }
}

interface Seen {
  readonly diagnostics: string[];
  readonly events: string[];
}

/** Runs a command with a face that takes nothing but plain data; tells what it saw. */
async function runWith(command: Command, template: string, cwd: string, flags: readonly string[] = []): Promise<Seen> {
  const seen: Seen = { diagnostics: [], events: [] };
  const host = { ...nodeHost({ PATH: process.env["PATH"] }), cwd };
  const { signal } = new AbortController();
  const context: CommandContext = {
    host,
    catalog: async () => createCatalog(),
    lookups: createLookups(host, signal),
    face: {
      sink(event) {
        seen.events.push(event.type);
        assertPlain(event, `${template}: event ${event.type}`);
      },
      say: () => {},
      error: () => {},
      machine: () => {},
      diagnostics(diagnostics) {
        seen.diagnostics.push(...diagnostics.map(({ code }) => code));
        for (const diagnostic of diagnostics) {
          assertPlain(diagnostic, `${template}: ${diagnostic.code}`);
        }
      },
    },
    secrets: new Secrets(),
    signal,
    readStdin: async () => Buffer.from(""),
    ask: async () => undefined,
    journalDir: join(cwd, "journal"),
    startedAt: Date.UTC(2021, 0, 2),
  };
  const parsed = parseFlags(command.options, flags);
  assert.ok(parsed.is === "flags", `${flags}`);
  const { config } = decodeOptions({
    schema: command.options,
    body: parsed.body,
    label: command.name,
    range: undefined,
  });
  const result = await command.run(config, template, context);
  for (const diagnostic of result.diagnostics) {
    assertPlain(diagnostic, `${template}: ${diagnostic.code}`);
  }
  if (result.run !== undefined) {
    assertPlain(result.run, `${template}: result`);
  }
  return seen;
}

interface Entry {
  readonly path: string;
  readonly kind: string;
  readonly cwd: string;
  readonly cases?: readonly { readonly var_files: readonly string[] }[] | undefined;
}

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-plain-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Builds that end in each way there is. */
const BUILDS: Template = {
  variables: { word: "hello", pin: "correct horse" },
  "sensitive-variables": ["pin"],
  builders: ["good", "bad", "worse", "unwritable"].map((name) => ({
    ...{ type: "file", name, content: "{{user `word`}}" },
    target: name === "unwritable" ? "t.log/x" : `out/${name}`,
  })),
  provisioners: [
    { type: "shell-local", inline: ["echo {{user `pin`}}; echo error >&2"], environment_vars: ["A={{build `ID`}}"] },
    { type: "shell-local", inline: ["exit 3"], only: ["bad"] },
  ],
  "post-processors": [
    [
      { type: "checksum", checksum_types: ["sha256"], output: "out/{{.BuildName}}.sum" },
      { type: "manifest", output: "out/m.json" },
    ],
    { type: "shell-local", inline: ["exit 4"], only: ["worse"] },
  ],
};

describe("plain data", () => {
  for (const language of LANGUAGES) {
    it(`is what the events, messages and results of builds in ${language.name} are`, async (t) => {
      const folder = folderFor(t);
      const template = language.file("t");
      writeFileSync(join(folder, template), language.print(BUILDS));
      writeFileSync(join(folder, "t.log"), "");
      const { diagnostics, events } = await runWith(build, template, folder);
      assert.equal(events.filter((type) => type === "build-ended").length, 4);
      for (const type of [
        "run-started",
        "build-started",
        "said",
        "span-started",
        "span-ended",
        "resource-acquired",
        "run-ended",
      ]) {
        assert.ok(events.includes(type), type);
      }
      for (const code of ["provisioner/exit-status", "host/file-unwritable"]) {
        assert.ok(diagnostics.includes(code), `${diagnostics}`);
      }
    });
  }

  it("is what every message about a real template is", { timeout: 300_000 }, async (t) => {
    if (!existsSync(join(corpus, "INDEX.json"))) {
      t.diagnostic(`There is no corpus in ${corpus}. Set PACKER_TS_CORPUS to a folder that has one.`);
      t.skip("needs a corpus of templates, which is no part of the project");
      return;
    }
    const { templates } = JSON.parse(readFileSync(join(corpus, "INDEX.json"), "utf8")) as {
      readonly templates: readonly Entry[];
    };
    const codes = new Set<string>();
    let count = 0;
    for (const { path, kind, cwd, cases = [] } of templates) {
      if (kind !== "json" && kind !== "hcl2") {
        continue;
      }
      for (const { var_files: files } of [
        { var_files: [] },
        ...cases.filter(({ var_files: some }) => some.length > 0),
      ]) {
        const flags = files.map((file) => `-var-file=${relative(cwd, file)}`);
        const { diagnostics } = await runWith(validate, relative(cwd, path) || ".", join(corpus, cwd), flags);
        count += diagnostics.length;
        for (const code of diagnostics) {
          codes.add(code);
        }
      }
    }
    t.diagnostic(`${count} messages with ${codes.size} codes`);
    assert.ok(codes.size > 10);
  });
});
