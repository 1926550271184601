// A command whose face is broken: what it does, and what becomes of the fault.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createCatalog } from "../catalog.ts";
import { Secrets } from "../core/secrets.ts";
import { nodeHost } from "../host/node.ts";
import { createLookups } from "../lookups.ts";
import { build } from "./build/build.ts";
import type { CommandContext, Face } from "./command.ts";
import { guardFace } from "./guarded-face.ts";

const PARTS = ["sink", "say", "error", "machine", "diagnostics"] as const;

/** A face that throws wherever it is touched. */
function brokenFace(): Face {
  const fail = (): never => {
    throw new TypeError("it cannot be shown");
  };
  return { sink: fail, say: fail, error: fail, machine: fail, diagnostics: fail };
}

describe("command/guarded-face", () => {
  it("hands on what each part throws, and throws nothing", () => {
    const faults: unknown[] = [];
    const face = guardFace(brokenFace(), (thrown) => faults.push(thrown));
    for (const part of PARTS) {
      (face[part] as (...given: readonly unknown[]) => void)("x", []);
    }
    assert.equal(faults.length, PARTS.length);
    assert.equal(face.raw, undefined);
  });

  it("lets a build come to its end, which then fails with the fault", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "packer-ts-face-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const right = { type: "file", name: "right", target: join(folder, "right.txt"), content: "x" };
    const wrong = { type: "file", name: "wrong", nonsense: 1 };
    writeFileSync(join(folder, "t.json"), JSON.stringify({ builders: [right, wrong] }));
    const host = { ...nodeHost(), cwd: folder };
    const { signal } = new AbortController();
    const context: CommandContext = {
      ...{ host, signal, lookups: createLookups(host, signal), face: brokenFace(), secrets: new Secrets() },
      catalog: async () => createCatalog(),
      readStdin: async () => Buffer.from(""),
      ask: async () => undefined,
      journalDir: join(folder, "journal"),
      startedAt: Date.UTC(2021, 0, 2),
    };
    const given = {
      only: [],
      except: [],
      var: {},
      var_file: [],
      force: false,
      debug: false,
      on_error: "cleanup",
      parallel_builds: 0,
    };
    const config = {
      ...given,
      if_unchanged: "build",
      fingerprint_file: undefined,
      stored_elsewhere: false,
      config_type: undefined,
      warn_on_undeclared_var: false,
    };
    await assert.rejects(build.run(config, join(folder, "t.json"), context), /it cannot be shown/);
    assert.ok(existsSync(join(folder, "right.txt")));
  });
});
