// Annotations: the right file and range, ten of a kind, each once.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Diagnostic, SourceRange } from "../diagnostic/diagnostic.ts";
import { textFile } from "../diagnostic/text-file.ts";
import { Annotations } from "./annotations.ts";

function range(filename: string, line: number, from: number, to: number, endLine = line): SourceRange {
  return { filename, start: { line, column: from, offset: 0 }, end: { line: endLine, column: to, offset: 0 } };
}

function diagnostic(more: Partial<Diagnostic> = {}): Diagnostic {
  return { code: "option/unknown", severity: "error", summary: "Unsupported option", ...more };
}

function shown(diagnostics: readonly Diagnostic[], filter = (text: string): string => text): { lines: string[]; annotations: Annotations } {
  const lines: string[] = [];
  const write = (text: string): void => void lines.push(text.trimEnd());
  const annotations = new Annotations({ write, filter, cwd: "/work/repo/images", workspace: "/work/repo" });
  const files = new Map([["t.json", textFile("t.json", '{\n  "inlin": []\n}')]]);
  for (const each of diagnostics) annotations.show(each, files);
  return { lines, annotations };
}

describe("action/annotations", () => {
  it("gives the path from the repository's root, the last column included, and the source line", () => {
    const [line = ""] = shown([diagnostic({ subject: range("t.json", 2, 3, 10), hint: 'did you mean "inline"?' })]).lines;
    assert.match(line, /,file=images\/t\.json,line=2,endLine=2,col=3,endColumn=9::/);
    assert.match(line, /2: {3}"inlin": \[\]%0A {8}\^{7}%0A {2}Hint: did you mean "inline"\?$/);
  });

  it("leaves columns out of a range of several lines, and the file when there is none", () => {
    const several = diagnostic({ subject: range("t.json", 2, 3, 1, 4) });
    const stdin = diagnostic({ summary: "from outside", subject: range("<stdin>", 1, 1, 2) });
    const { lines } = shown([several, stdin, diagnostic({ summary: "nowhere" })]);
    assert.match(lines[0] ?? "", /,line=2,endLine=3::/);
    for (const line of lines.slice(1)) assert.doesNotMatch(line, /file=|line=\d/);
  });

  it("names a file outside of the repository by its whole path", () => {
    assert.match(shown([diagnostic({ subject: range("../../else/v.json", 1, 1, 2) })]).lines[0] ?? "", /file=\/work\/else\/v\.json/);
  });

  it("shows the same mistake once and counts what has no room, errors and warnings apart", () => {
    const many = Array.from({ length: 12 }, (_, i) => diagnostic({ summary: `mistake ${i}` }));
    const warnings = many.map((each): Diagnostic => ({ ...each, severity: "warning" }));
    const { lines, annotations } = shown([...many, ...many, ...warnings.map((each, i) => ({ ...each, summary: `warning ${i}` }))]);
    assert.equal(lines.filter((line) => line.startsWith("::error")).length, 10);
    assert.equal(lines.filter((line) => line.startsWith("::warning")).length, 10);
    assert.equal(annotations.unannotated, 4);
    assert.equal(annotations.all.length, 24);
  });

  it("cuts a message at the runner's limit and lets no line of it be a command", () => {
    const [line = ""] = shown([diagnostic({ detail: `${"x\n".repeat(5000)}` })]).lines;
    assert.ok(line.replaceAll("%0A", "\n").length < 4400);
    const { lines } = shown(
      Array.from({ length: 11 }, (_, i) => diagnostic({ summary: `a${i}`, detail: "x\n::error::forged\n##[group]y" })),
    );
    assert.doesNotMatch(lines[10] ?? "", /^\s*::|##\[/m);
  });

  it("hides secrets in every part", () => {
    const secret = diagnostic({ summary: "hunter2", detail: "hunter2", hint: "hunter2", subject: range("hunter2.json", 1, 1, 2) });
    const { lines, annotations } = shown([secret], (text) => text.replaceAll("hunter2", "<sensitive>"));
    assert.doesNotMatch(lines.join() + JSON.stringify(annotations.all), /hunter2/);
  });
});
