// The `build` command on a folder of a test, with all it said and did.
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createCatalog } from "../../src/catalog.ts";
import { build } from "../../src/command/build/build.ts";
import type { CommandContext } from "../../src/command/command.ts";
import type { BuildEvent } from "../../src/core/build-event.ts";
import { narrate } from "../../src/core/narrate.ts";
import { Secrets } from "../../src/core/secrets.ts";
import type { Diagnostic } from "../../src/diagnostic/diagnostic.ts";
import { nodeHost } from "../../src/host/node.ts";
import { createLookups } from "../../src/lookups.ts";
import { folderWith } from "../packer-ts.ts";

export interface BuildRun {
  readonly exitCode: number;
  readonly events: readonly BuildEvent[];
  /** What a terminal shows. */
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
  /** Names of the builds that were made. */
  readonly built: readonly string[];
  /** By the build's name. */
  readonly reasons: Readonly<Record<string, readonly string[]>>;
}

export interface BuildGiven {
  readonly vars?: Readonly<Record<string, string>>;
  readonly only?: readonly string[];
  readonly ifUnchanged?: string;
  /** `undefined` for none; `fp.json` unless given. */
  readonly file?: string | undefined;
  readonly context?: Partial<CommandContext>;
}

/** A folder with files, and the command that builds a template in it. */
export function buildFolder(
  test: TestContext,
  files: Readonly<Record<string, string>>,
): { readonly folder: string; run(template: string, given?: BuildGiven): Promise<BuildRun> } {
  const folder = folderWith(test, files);
  const host = { ...nodeHost(), cwd: folder, tempDir: folder };
  const signal = new AbortController().signal;
  const run = async (template: string, given: BuildGiven = {}): Promise<BuildRun> => {
    const { vars = {}, only = [], ifUnchanged = "skip" } = given;
    const events: BuildEvent[] = [];
    const lines: string[] = [];
    const diagnostics: Diagnostic[] = [];
    const tell = narrate((one) => {
      if (one.is === "ui") {
        lines.push(one.text);
      }
    });
    const context: CommandContext = {
      host,
      catalog: async () => createCatalog(),
      lookups: createLookups(host, signal),
      face: {
        sink: (event) => {
          events.push(event);
          tell(event);
        },
        say: (text) => void lines.push(text),
        error: (text) => void lines.push(text),
        machine: () => {},
        diagnostics: (list) => void diagnostics.push(...list),
      },
      secrets: new Secrets(),
      signal,
      readStdin: async () => new Uint8Array(),
      ask: async () => undefined,
      journalDir: join(folder, "..", "packer-ts-test-journal"),
      startedAt: Date.now(),
      ...given.context,
    };
    const config = {
      debug: false,
      only,
      except: [],
      force: true,
      on_error: "cleanup",
      parallel_builds: 0,
      var: vars,
      var_file: [],
      config_type: undefined,
      warn_on_undeclared_var: false,
      if_unchanged: ifUnchanged,
      fingerprint_file: "file" in given ? given.file : "fp.json",
      stored_elsewhere: false,
    };
    const { exitCode } = await build.run(config, join(folder, template), context);
    return {
      exitCode,
      events,
      text: lines.join("\n"),
      diagnostics,
      built: events.flatMap((event) =>
        event.type === "build-ended" && event.outcome === "built" ? [event.build] : [],
      ),
      reasons: Object.fromEntries(
        events.flatMap((event) => (event.type === "build-compared" ? [[event.build, event.reasons]] : [])),
      ),
    };
  };
  return { folder, run };
}
