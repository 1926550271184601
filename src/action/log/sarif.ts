// Diagnostics as SARIF 2.1.0, the format of code scanning, as GitHub takes it: a place for every result, columns in UTF-16.
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
// https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { PACKAGE_VERSION } from "../../command/version/version.ts";
import { diagnosticCodes } from "../../diagnostic/codes.ts";
import { isError, type SourceRange } from "../../diagnostic/diagnostic.ts";
import { readLine, type TextFile } from "../../diagnostic/text-file.ts";
import type { Found } from "./log.ts";

/** GitHub shows no more results of a file; with many more it takes none. */
const MOST_RESULTS = 5000;
const DOCUMENTATION = "https://github.com/org/packer-ts-action/blob/v1/docs/reference/diagnostics.md";

/** Where results are. */
export interface SarifPlaces {
  /** What file names of diagnostics are relative to. */
  readonly cwd: string;
  /** What paths in the file are relative to. */
  readonly workspace: string;
  /** Path of the workflow in the workspace: where what belongs to no template is shown. */
  readonly workflow: string;
  readonly hide: (text: string) => string;
}

interface Location {
  readonly uri: string;
  readonly region: {
    readonly startLine: number;
    readonly startColumn: number;
    readonly endLine: number;
    readonly endColumn: number;
  };
}

/** The text of the file. Secrets are hidden in each text by itself, so that none can be part of the format; places are data. */
export async function renderSarif(all: readonly Found[], places: SarifPlaces): Promise<string> {
  const found = [
    ...all.filter(({ diagnostic }) => isError(diagnostic)),
    ...all.filter((one) => !isError(one.diagnostic)),
  ];
  const shown = found.slice(0, MOST_RESULTS);
  const codes = [...new Set(shown.map(({ diagnostic: { code } }) => code))].sort();
  const results = await Promise.all(
    shown.map(async (one) => {
      const { code, severity } = one.diagnostic;
      const exact = exactLocation(one, places);
      const { uri, region } = exact ?? (await nearestLocation(one, places));
      return {
        ruleId: code,
        ruleIndex: codes.indexOf(code),
        level: severity,
        message: { text: places.hide(writeMessage(one, exact === undefined)) },
        locations: [{ physicalLocation: { artifactLocation: { uri, uriBaseId: "%SRCROOT%" }, region } }],
      };
    }),
  );
  const driver = {
    name: "packer-ts",
    semanticVersion: PACKAGE_VERSION,
    informationUri: DOCUMENTATION,
    rules: codes.map(describeRule),
  };
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{ tool: { driver }, columnKind: "utf16CodeUnits", results }],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function describeRule(code: string): object {
  const text = diagnosticCodes[code] ?? code;
  return {
    id: code,
    shortDescription: { text },
    fullDescription: { text },
    help: { text: `${text} All codes: ${DOCUMENTATION}`, markdown: `${text} [All codes](${DOCUMENTATION})` },
    helpUri: DOCUMENTATION,
  };
}

function writeMessage({ diagnostic }: Found, isElsewhere: boolean): string {
  const { summary, detail, hint, subject, within } = diagnostic;
  const place =
    isElsewhere && subject !== undefined ? `In ${subject.filename}, line ${subject.start.line}.` : undefined;
  const block = isElsewhere && within !== undefined ? `In ${within}.` : undefined;
  return [summary, place, block, detail, hint === undefined ? undefined : `Hint: ${hint}`]
    .filter((part) => part !== undefined && part !== "")
    .join("\n\n");
}

function exactLocation({ diagnostic, file }: Found, places: SarifPlaces): Location | undefined {
  const { subject } = diagnostic;
  const uri = subject === undefined ? undefined : makeUri(subject.filename, places);
  return subject === undefined || uri === undefined ? undefined : { uri, region: makeRegion(subject, file) };
}

/** Every result has a place: the beginning of the template that it is about, or else of the workflow. */
async function nearestLocation({ template }: Found, places: SarifPlaces): Promise<Location> {
  const path = template === undefined ? undefined : makeUri(await fileIn(template, places.cwd), places);
  const region = { startLine: 1, startColumn: 1, endLine: 1, endColumn: 2 };
  return { uri: path ?? encodePath(places.workflow), region };
}

/** A folder is no place for a result; its first file is. */
async function fileIn(template: string, cwd: string): Promise<string> {
  const names = await readdir(resolve(cwd, template)).catch(() => []);
  const first = names.filter((name) => /\.pkr\.(hcl|json)$/.test(name)).sort()[0];
  return first === undefined ? template : `${template}/${first}`;
}

/** `undefined` for what is no file of the repository: it cannot be shown there. */
function makeUri(filename: string, { cwd, workspace }: SarifPlaces): string | undefined {
  if (/^<.*>$/.test(filename)) {
    return undefined;
  }
  const path = relative(workspace, resolve(cwd, filename));
  return path === "" || path.startsWith("..") || isAbsolute(path) ? undefined : encodePath(path.split(sep).join("/"));
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function makeRegion({ start, end }: SourceRange, file: TextFile | undefined): Location["region"] {
  const startColumn = unitsBefore(file, start.line, start.column);
  const endLine = Math.max(start.line, end.line);
  const endColumn = unitsBefore(file, endLine, end.column);
  return {
    startLine: start.line,
    startColumn,
    endLine,
    // A place without a width is shown at a character.
    endColumn: endLine === start.line ? Math.max(endColumn, startColumn + 1) : endColumn,
  };
}

/** A column in characters as people see them, in the units that GitHub counts. */
function unitsBefore(file: TextFile | undefined, line: number, column: number): number {
  const text = file === undefined ? "" : readLine(file, line);
  if (/^[\x20-\x7e\t]*$/.test(text)) {
    return Math.max(column, 1);
  }
  let units = 1;
  let left = column - 1;
  for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)) {
    if (left-- <= 0) {
      return units;
    }
    units += segment.length;
  }
  return units + Math.max(left, 0);
}

/** Writes the text below the working folder. */
export async function writeSarif(path: string, text: string, cwd: string): Promise<void> {
  const file = resolve(cwd, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
