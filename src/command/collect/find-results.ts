// From paths to the results that are there.
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { compareTexts } from "../../diagnostic/text-order.ts";
import { globFiles } from "../../template/functions/file-glob.ts";
import { type RunResultFile, readResult } from "./result.ts";

/** A larger file is not a result. */
const MAX_BYTES = 64 * 1024 * 1024;
/** What a step calls its result unless told otherwise. */
const NAME = /^packer-result.*\.json$/;

/** The results of all files; what cannot be used is named, and the rest stays. */
export async function findResults(
  paths: readonly string[],
  cwd: string,
): Promise<{ readonly results: readonly RunResultFile[]; readonly diagnostics: readonly Diagnostic[] }> {
  const results: RunResultFile[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  if (paths.length === 0) {
    diagnostics.push(nothingGiven);
  }
  for (const path of paths) {
    const found = await listFiles(path, cwd);
    if (found.length === 0) {
      diagnostics.push(reportNothing(path));
    }
    for (const { file, isNamed } of found) {
      if (seen.has(file)) {
        continue;
      }
      seen.add(file);
      const shown = relative(cwd, file) || file;
      const reading = await readOne(file, shown);
      if (reading.is === "result") {
        results.push(reading.result);
      } else if (reading.is === "broken") {
        diagnostics.push(reading.diagnostic);
      }
      // Beside the results in a folder there may be other files.
      else if (isNamed || NAME.test(file.replace(/^.*[\\/]/, ""))) {
        diagnostics.push(reportForeign(shown));
      }
    }
  }
  return { results, diagnostics };
}

interface Candidate {
  readonly file: string;
  /** True when the user pointed at it, and not just at its folder. */
  readonly isNamed: boolean;
}

async function listFiles(path: string, cwd: string): Promise<readonly Candidate[]> {
  const whole = resolve(cwd, path);
  const facts = await stat(whole).catch(() => undefined);
  if (facts?.isDirectory() === true) {
    const entries = await readdir(whole, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".json"));
    return files.map((entry) => ({ file: join(entry.parentPath, entry.name), isNamed: false })).sort(compareFiles);
  }
  if (facts !== undefined) {
    return [{ file: whole, isNamed: true }];
  }
  const direct = globFiles(cwd, path, searchAnywhere);
  // A pattern may also fit the folders that results lie in.
  const below = globFiles(cwd, `${path.replace(/\/+$/, "")}/**/*.json`, searchAnywhere).filter((file) =>
    NAME.test(file.replace(/^.*\//, "")),
  );
  return [...new Set([...direct, ...below])]
    .map((file) => ({ file: resolve(cwd, file), isNamed: true }))
    .sort(compareFiles);
}

/** The workflow itself names these files. */
function searchAnywhere(): void {}

function compareFiles(a: Candidate, b: Candidate): number {
  return compareTexts(a.file, b.file);
}

async function readOne(file: string, shown: string): Promise<ReturnType<typeof readResult>> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) {
      return reportUnreadable(shown, `It has ${size} bytes; at most ${MAX_BYTES} are read.`);
    }
    return readResult(new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file)), shown);
  } catch (thrown) {
    return reportUnreadable(shown, readMessage(thrown));
  }
}

function reportUnreadable(shown: string, detail: string): ReturnType<typeof readResult> {
  const summary = `${shown} cannot be read as the result of a build`;
  return { is: "broken", diagnostic: { code: "collect/unreadable", severity: "error", summary, detail } };
}

function reportForeign(shown: string): Diagnostic {
  return {
    code: "collect/foreign",
    severity: "error",
    summary: `${shown} is not the result of a build`,
    hint: "A result is what `build` writes to its output `result-path`.",
  };
}

const nothingGiven: Diagnostic = {
  code: "collect/no-results",
  severity: "error",
  summary: "There is nothing to collect from",
  hint: 'Set the input "results" to the folder that results were downloaded to, or "result-artifact" to the name they were uploaded under.',
};

function reportNothing(path: string): Diagnostic {
  return {
    code: "collect/no-results",
    severity: "error",
    summary: `There are no results in ${path}`,
    hint: "Were the results of the build jobs downloaded to this folder?",
  };
}
