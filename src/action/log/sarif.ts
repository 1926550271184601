// Diagnostics as SARIF 2.1.0, the format of code scanning. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { PACKAGE_VERSION } from "../../command/version/version.ts";
import { diagnosticCodes } from "../../diagnostic/codes.ts";
import type { Diagnostic, SourceRange } from "../../diagnostic/diagnostic.ts";

/** The folders that make paths relative. */
interface Folders {
  /** What file names of diagnostics are relative to. */
  readonly cwd: string;
  /** What paths in the file are relative to. */
  readonly workspace: string;
}

/** The text of the file. Secrets are hidden in each text by itself, so that none can be part of the format; places are data. */
export function sarifOf(diagnostics: readonly Diagnostic[], folders: Folders, hide: (text: string) => string): string {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const rules = codes.map((code) => ({ id: code, shortDescription: { text: diagnosticCodes[code] ?? code } }));
  const results = diagnostics.map((diagnostic) => {
    const { code, severity, summary, detail, hint, subject } = diagnostic;
    const text = [summary, detail, hint === undefined ? undefined : `Hint: ${hint}`]
      .filter((part) => part !== undefined && part !== "")
      .join("\n\n");
    const location = subject === undefined ? undefined : locationOf(subject, folders);
    return {
      ruleId: code,
      ruleIndex: codes.indexOf(code),
      level: severity,
      message: { text: hide(text) },
      locations: location === undefined ? [] : [location],
    };
  });
  const driver = { name: "packer-ts", semanticVersion: PACKAGE_VERSION, rules };
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{ tool: { driver }, columnKind: "unicodeCodePoints", results }],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function locationOf({ filename, start, end }: SourceRange, { cwd, workspace }: Folders): object | undefined {
  if (/^<.*>$/.test(filename)) {
    return undefined;
  }
  const path = relative(workspace, resolve(cwd, filename));
  // What lies outside of the repository cannot be shown there.
  if (path.startsWith("..") || isAbsolute(path)) {
    return undefined;
  }
  const uri = path.split(sep).map(encodeURIComponent).join("/");
  const region = {
    startLine: start.line,
    startColumn: start.column,
    endLine: end.line,
    endColumn: Math.max(end.column, 1),
  };
  return { physicalLocation: { artifactLocation: { uri, uriBaseId: "%SRCROOT%" }, region } };
}

/** Writes the text below the working folder. */
export async function writeSarif(path: string, text: string, cwd: string): Promise<void> {
  const file = resolve(cwd, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
