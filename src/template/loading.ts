// What reading a template takes and gives, whichever its language, and the reading of its files.
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { readMessage } from "../diagnostic/build-error.ts";
import type { Diagnostic } from "../diagnostic/diagnostic.ts";
import type { SourceFiles } from "../diagnostic/render.ts";
import { makeTextFile, type TextFile } from "../diagnostic/text-file.ts";
import type { Host } from "../host/host.ts";
import type { LoadCatalog, RequiredPlugin } from "../sdk/catalog.ts";
import type { RunSettings } from "../sdk/run.ts";
import type { Lookups } from "./engine/scope.ts";
import type { Inspection } from "./inspection.ts";
import type { Collisions } from "./path-notes.ts";
import type { Plan } from "./plan.ts";

/** A larger template is not one. */
export const MAX_TEMPLATE_BYTES = 32 * 1024 * 1024;

/** Hides a value. `isGuess` tells that only the option it went into says that it is a secret. */
export type Hide = (
  secret: string,
  origin?: { readonly name?: string | undefined; readonly isGuess?: boolean | undefined },
) => void;

export interface LoadRequest {
  /** A file, a folder (HCL2), or `-` for standard input. */
  readonly path: string;
  readonly configType?: "json" | "hcl2" | undefined;
  readonly host: Host;
  /** Asked for when the first component is looked up, with the plugins that the template requires. */
  readonly catalog: LoadCatalog;
  /** Missing where nothing outside is asked: such values stay unknown. */
  readonly lookups?: Lookups | undefined;
  readonly readStdin: () => Promise<Uint8Array>;
  /** In command-line order. */
  readonly varFiles: readonly string[];
  readonly vars: readonly (readonly [name: string, value: string])[];
  /** Variables without a value are unknown instead of missing. */
  readonly allowUnsetVars?: boolean | undefined;
  /** HCL2: variables in files that the template does not declare are warned about. */
  readonly warnUndeclaredVars?: boolean | undefined;
  readonly packerVersion: string;
  /** Milliseconds since 1970: the instant that all time functions use. */
  readonly startedAt: number;
  /** Hides a value from everything that is printed from now on. */
  readonly hide: Hide;
  /** Called with every text of the template before a value in it is looked at: what stands there cannot be kept secret. */
  readonly showInClear?: ((text: string) => void) | undefined;
  /** The hidden values that stand in a text. */
  readonly findHidden?: ((text: string) => readonly string[]) | undefined;
}

/** A template that was read, whichever its language. */
export interface LoadedTemplate {
  readonly language: "json" | "hcl2";
  readonly files: SourceFiles;
  /** Mistakes of form. With an error among them nothing more can be done, unless `checkable` says so. */
  readonly diagnostics: readonly Diagnostic[];
  /** HCL2: what is wrong with the values that variables were given; part of every plan. */
  readonly givenDiagnostics?: readonly Diagnostic[] | undefined;
  /** HCL2: the plugins that the template requires. */
  readonly requiredPlugins?: readonly RequiredPlugin[] | undefined;
  /** True when the rest can be checked in spite of mistakes of form, so that all are shown at once. */
  readonly checkable?: boolean | undefined;
  /** What the template holds, without working anything out that needs values from outside. */
  inspect(): Promise<Inspection>;
  plan(request: PlanRequest): Promise<PlanResult>;
  /** What answers expressions that a user types. */
  console(): Promise<TemplateConsole>;
}

/** The name of what a user has typed, in diagnostics. */
export const CONSOLE_INPUT = "<console-input>";

/** What came of a line. */
export type Answer = { readonly text: string } | { readonly diagnostics: readonly Diagnostic[] };

/** Works out one line at a time with what a template knows. */
export interface TemplateConsole {
  /** The value of an expression, or in the JSON language a text with its `{{ }}` rendered. */
  evaluate(line: string): Promise<Answer>;
  /** All variables with their values, as they are shown. */
  readonly variables: string;
}

export interface PlanRequest {
  readonly only: readonly string[];
  readonly except: readonly string[];
  readonly settings: Omit<RunSettings, "packerVersion" | "templateDir" | "templateFiles">;
  readonly signal: AbortSignal;
  /** Only the form is checked: a component of Packer's that is not native here is a notice, not an error. */
  readonly formOnly?: boolean | undefined;
  /** A build with mistakes stays in the plan: it is only looked at. */
  readonly listOnly?: boolean | undefined;
  /** HCL2: data sources are read instead of staying unknown. */
  readonly evaluateDataSources?: boolean | undefined;
}

export interface PlanResult {
  /** The builds without errors; with `listOnly` all that could be read. */
  readonly plan: Plan;
  readonly diagnostics: readonly Diagnostic[];
  /** Builds that would replace what they need, or what another build makes. */
  readonly collisions?: Collisions | undefined;
  /** Patterns of `only` and `except` that fit nothing, with the names there are. */
  readonly unmatched: readonly string[];
  readonly buildNames: readonly string[];
  /** False when what is wrong with the template keeps the names of some builds from being known. */
  readonly namesAreComplete: boolean;
  /** Those of them that were asked for. */
  readonly selectedNames: readonly string[];
  /** Those of them that hold values nobody has given. */
  readonly unsettledNames: readonly string[];
  /** Settings completed with what the template knows. */
  readonly settings: RunSettings;
}

/** A text file, or what is wrong with it. */
export async function readTextFile(
  path: string,
  request: Pick<LoadRequest, "readStdin" | "host">,
  code = "template/unreadable",
): Promise<TextFile | Diagnostic> {
  const error = (
    summary: string,
    more: { detail?: string | undefined; hint?: string | undefined } = {},
  ): Diagnostic => ({
    code,
    severity: "error",
    summary,
    ...more,
  });
  const name = path === "-" ? "<stdin>" : path;
  const refusal = path === "-" ? undefined : request.host.files.namedRefusal(resolve(request.host.cwd, path));
  if (refusal !== undefined) {
    return {
      ...error(`${path} may not be read`, { detail: `It ${refusal.reason}.`, hint: refusal.hint }),
      code: "host/file-out-of-reach",
    };
  }
  try {
    if (path !== "-") {
      const facts = await stat(resolve(request.host.cwd, path));
      if (facts.isDirectory()) {
        return error(`${path} is a folder`, { hint: "Name a file inside it." });
      }
      if (facts.size > MAX_TEMPLATE_BYTES) {
        return reportTooLarge(name, facts.size, code);
      }
    }
    const bytes = path === "-" ? await request.readStdin() : await readFile(resolve(request.host.cwd, path));
    if (bytes.length > MAX_TEMPLATE_BYTES) {
      return reportTooLarge(name, bytes.length, code);
    }
    return decodeUtf8(name, bytes, code);
  } catch (thrown) {
    const missing = (thrown as NodeJS.ErrnoException).code === "ENOENT";
    // As Packer 1.6.6: `stat PATH: no such file or directory`.
    return missing
      ? error(`stat ${path}: no such file or directory`, {
          hint: "Check the path; it is relative to the current folder.",
        })
      : error(`${path} could not be read`, { detail: readMessage(thrown) });
  }
}

function reportTooLarge(name: string, bytes: number, code: string): Diagnostic {
  const size = `${Math.round(bytes / 1024 / 1024)} MiB`;
  return {
    code,
    severity: "error",
    summary: `${name} is too large`,
    detail: `It has ${size}; at most ${MAX_TEMPLATE_BYTES / 1024 / 1024} MiB are read.`,
  };
}

function decodeUtf8(name: string, bytes: Uint8Array, code: string): TextFile | Diagnostic {
  try {
    return makeTextFile(name, new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    const before = new TextDecoder("utf-8").decode(bytes).indexOf("\ufffd");
    const line = new TextDecoder("utf-8").decode(bytes).slice(0, before).split("\n").length;
    return {
      code,
      severity: "error",
      summary: `${name} is not UTF-8`,
      detail: `The first byte that does not fit is on line ${line}.`,
      hint: "Save the file in the encoding UTF-8.",
    };
  }
}

export function isDiagnostic(value: TextFile | Diagnostic): value is Diagnostic {
  return "severity" in value;
}

/** Absolute folder of a template file. */
export function findFolder(path: string, cwd: string): string | undefined {
  return path === "-" ? undefined : dirname(resolve(cwd, path));
}
