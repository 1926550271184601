// Annotations: the right file and range, ten of a kind, each once.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Diagnostic, SourceRange } from "../../diagnostic/diagnostic.ts";
import { makeTextFile } from "../../diagnostic/text-file.ts";
import { Annotations } from "./annotations.ts";
import { RunnerOutput } from "./runner-output.ts";

function range(filename: string, line: number, from: number, to: number, endLine = line): SourceRange {
  return { filename, start: { line, column: from, offset: 0 }, end: { line: endLine, column: to, offset: 0 } };
}

function diagnostic(more: Partial<Diagnostic> = {}): Diagnostic {
  return { code: "option/unknown", severity: "error", summary: "Unsupported option", ...more };
}

function shown(
  diagnostics: readonly Diagnostic[],
  hide = (text: string): string => text,
): { lines: string[]; annotations: Annotations } {
  const lines: string[] = [];
  const output = new RunnerOutput({ write: (text) => void lines.push(text.trimEnd()), hide });
  const annotations = new Annotations({
    interject: () => output,
    hide,
    cwd: "/work/repo/images",
    workspace: "/work/repo",
    conceal: (same) => same,
  });
  const files = new Map([["t.json", makeTextFile("t.json", '{\n  "inlin": []\n}')]]);
  for (const each of diagnostics) {
    annotations.show(each, files);
  }
  return { lines, annotations };
}

describe("action/log/annotations", () => {
  it("gives the path from the repository's root, the last column included, and the source line", () => {
    const [line = ""] = shown([
      diagnostic({ subject: range("t.json", 2, 3, 10), hint: 'did you mean "inline"?' }),
    ]).lines;
    assert.match(line, /,file=images\/t\.json,line=2,endLine=2,col=3,endColumn=9::/);
    assert.match(line, /2: {3}"inlin": \[\]%0A {8}\^{7}%0A {2}Hint: did you mean "inline"\?$/);
  });

  it("leaves columns out of a range of several lines, and the file when there is none", () => {
    const several = diagnostic({ subject: range("t.json", 2, 3, 1, 4) });
    const stdin = diagnostic({ summary: "from outside", subject: range("<stdin>", 1, 1, 2) });
    const { lines } = shown([several, stdin, diagnostic({ summary: "nowhere" })]);
    assert.match(lines[0] ?? "", /,line=2,endLine=3::/);
    for (const line of lines.slice(1)) {
      assert.doesNotMatch(line, /file=|line=\d/);
    }
  });

  it("names a file outside of the repository by its whole path", () => {
    assert.match(
      shown([diagnostic({ subject: range("../../else/v.json", 1, 1, 2) })]).lines[0] ?? "",
      /file=\/work\/else\/v\.json/,
    );
  });

  it("shows the same mistake once and counts what has no room, errors and warnings apart", () => {
    const many = Array.from({ length: 12 }, (_, i) => diagnostic({ summary: `mistake ${i}` }));
    const warnings = many.map((each): Diagnostic => ({ ...each, severity: "warning" }));
    const { lines, annotations } = shown([
      ...many,
      ...many,
      ...warnings.map((each, i) => ({ ...each, summary: `warning ${i}` })),
    ]);
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

  it("hides secrets in every text, and points at the file whatever its name is", () => {
    const secret = diagnostic({
      summary: "hunter2",
      detail: "hunter2",
      hint: "hunter2",
      subject: range("hunter2.json", 1, 1, 2),
    });
    const [line = ""] = shown([secret], (text) => text.replaceAll("hunter2", "<sensitive>")).lines;
    assert.match(line, /,file=images\/hunter2\.json,/);
    assert.doesNotMatch(line.replace("file=images/hunter2.json", ""), /hunter2/);
  });

  it("hides a secret that the runner's limit would cut in two", () => {
    const detail = `${"x".repeat(4040)} ${"s3cr3t-".repeat(20)}`;
    const secret = "s3cr3t-".repeat(20);
    const [line = ""] = shown([diagnostic({ detail })], (text) => text.replaceAll(secret, "<sensitive>")).lines;
    assert.doesNotMatch(line, /s3cr3t/);
  });

  it("hides a secret that the width of a source line would cut in two", () => {
    const secret = "s3cr3t-".repeat(20);
    const lines: string[] = [];
    const hide = (text: string): string => text.replaceAll(secret, "<sensitive>");
    const output = new RunnerOutput({ write: (text) => void lines.push(text), hide });
    const annotations = new Annotations({
      interject: () => output,
      hide,
      cwd: "/w",
      workspace: "/w",
      conceal: (same) => same,
    });
    const source = makeTextFile("t.json", `{ "a": "${"y".repeat(100)} ${secret}", "b": 1 }`);
    annotations.show(diagnostic({ subject: range("t.json", 1, 3, 6) }), new Map([["t.json", source]]));
    assert.match(lines.join(""), /<sensitive>/);
    assert.doesNotMatch(lines.join(""), /s3cr3t/);
  });
});

describe("action/log/annotations of a pull request", () => {
  function pullRequest(changed: readonly number[]) {
    const lines: string[] = [];
    let asked = 0;
    const hide = (text: string): string => text;
    const output = new RunnerOutput({ write: (text) => void lines.push(text.trimEnd()), hide });
    const annotations = new Annotations({
      interject: () => output,
      hide,
      cwd: "/work/repo/images",
      workspace: "/work/repo",
      conceal: (same) => same,
    });
    annotations.prefer(async () => {
      asked++;
      return {
        nearness: (path, first, last) => {
          if (path !== "images/t.json") {
            return "elsewhere";
          }
          return changed.some((line) => line >= first && line <= last) ? "changed" : "same-file";
        },
      };
    });
    const add = (line: number, more: Partial<Diagnostic> = {}): void =>
      annotations.add(diagnostic({ summary: `at ${line}`, subject: range("t.json", line, 1, 2), ...more }), new Map());
    const annotated = (level: string): string[] =>
      lines.flatMap((line) => new RegExp(`^::${level} title=(.*?) \\[`).exec(line)?.[1] ?? []);
    return { annotations, add, lines, annotated, asked: () => asked };
  }

  it("chooses changed lines, then what has no place, then changed files, and shows the rest as text", async () => {
    const { annotations, add, annotated, lines } = pullRequest([11, 13]);
    add(1, { subject: range("other.json", 1, 1, 2), summary: "elsewhere" });
    for (let line = 1; line <= 13; line++) {
      add(line);
    }
    annotations.add(diagnostic({ summary: "nowhere" }), new Map());
    assert.deepEqual(lines, []);
    await annotations.release();
    assert.deepEqual(annotated("error"), [
      "at 1",
      "at 2",
      "at 3",
      "at 4",
      "at 5",
      "at 6",
      "at 7",
      "at 11",
      "at 13",
      "nowhere",
    ]);
    assert.equal(lines.length, 15);
    assert.equal(annotations.unannotated, 5);
  });

  it("asks nothing while there is room", async () => {
    const { annotations, add, annotated, asked } = pullRequest([11]);
    for (let line = 1; line <= 10; line++) {
      add(line);
    }
    for (let line = 11; line <= 20; line++) {
      add(line, { severity: "warning" });
    }
    await annotations.release();
    assert.equal(asked(), 0);
    assert.equal(annotated("error").length + annotated("warning").length, 20);
  });

  it("keeps its order when the changes are not known", async () => {
    const { annotations, add, annotated } = pullRequest([]);
    annotations.prefer(async () => undefined);
    for (let line = 1; line <= 12; line++) {
      add(line);
    }
    await annotations.release();
    assert.deepEqual(annotated("error"), [
      "at 1",
      "at 2",
      "at 3",
      "at 4",
      "at 5",
      "at 6",
      "at 7",
      "at 8",
      "at 9",
      "at 10",
    ]);
  });

  it("lets nothing wait for a build when there is room, and shows a failed build at once", async () => {
    const { annotations, add, annotated, lines } = pullRequest([]);
    add(1, { severity: "warning" });
    annotations.releaseFew();
    assert.deepEqual(annotated("warning"), ["at 1"]);
    for (let line = 2; line <= 12; line++) {
      add(line);
    }
    annotations.releaseFew();
    assert.equal(lines.length, 1);
    annotations.show(diagnostic({ summary: "failed" }), new Map());
    assert.deepEqual(annotated("error"), ["failed"]);
    await annotations.release();
    assert.equal(annotated("error").length, 10);
    add(20);
    assert.match(lines.at(-1) ?? "", /at 20/);
  });
});
