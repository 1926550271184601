// Places, suggestions and the look of a diagnostic.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BuildEvent } from "../core/build-event.ts";
import type { Diagnostic, SourceRange } from "./diagnostic.ts";
import { didYouMean } from "./did-you-mean.ts";
import { renderDiagnostic } from "./render.ts";
import { findPosition, makeRange, makeTextFile } from "./text-file.ts";

describe("diagnostic/place", () => {
  it("counts lines from 1 and columns in characters as a person sees them", () => {
    const file = makeTextFile("t", 'a\n👩‍👩‍👧é"x"\n');
    const offset = file.text.indexOf('"');
    assert.deepEqual(findPosition(file, offset), { line: 2, column: 3, offset });
  });

  it("finds the end of the file and the first character", () => {
    const file = makeTextFile("t", "ab\ncd");
    assert.deepEqual(findPosition(file, 5), { line: 2, column: 3, offset: 5 });
    assert.deepEqual(findPosition(file, 0), { line: 1, column: 1, offset: 0 });
  });
});

describe("diagnostic/did-you-mean", () => {
  it("suggests the nearest name for a slip of the fingers", () => {
    assert.equal(didYouMean("inlin", ["script", "inline", "scripts"]), "inline");
    assert.equal(didYouMean("dokcer", ["docker", "null"]), "docker");
    assert.equal(didYouMean("Inline", ["inline"]), "inline");
  });

  it("suggests nothing for a word that is like none", () => {
    assert.equal(didYouMean("kubernetes", ["inline", "script"]), undefined);
    assert.equal(didYouMean("x", ["script"]), undefined);
  });
});

describe("diagnostic/render", () => {
  const file = makeTextFile("build.json", '{\n  "builders": [{ "tpye": "docker" }]\n}\n');
  const files = new Map([["build.json", file]]);
  const at = file.text.indexOf('"tpye"');

  it("shows the heading, the place, the source line with carets, the reason and the hint", () => {
    const text = renderDiagnostic(
      {
        code: "option/unknown",
        severity: "error",
        summary: "Unsupported option",
        detail: 'Builder "docker" has no option "tpye".',
        hint: 'did you mean "type"?',
        within: 'builder "docker"',
        subject: makeRange(file, at, at + 6),
      },
      files,
    );
    assert.equal(
      text,
      [
        "Error: Unsupported option  [option/unknown]",
        '  on build.json line 2, column 18, in builder "docker":',
        '   2:   "builders": [{ "tpye": "docker" }]',
        "                       ^^^^^^",
        '  Builder "docker" has no option "tpye".',
        '  Hint: did you mean "type"?',
      ].join("\n"),
    );
  });

  it("keeps the marked part of a very long line in sight", () => {
    const long = makeTextFile("long", `${"x".repeat(5000)}HERE${"y".repeat(5000)}`);
    const text = renderDiagnostic(
      { code: "c", severity: "warning", summary: "s", subject: makeRange(long, 5000, 5004) },
      new Map([["long", long]]),
    );
    const [, , source = "", caret = ""] = text.split("\n");
    assert.ok(source.length < 200);
    assert.equal(source.slice(caret.indexOf("^"), caret.lastIndexOf("^") + 1), "HERE");
  });

  it("marks one character where the place is empty", () => {
    const text = renderDiagnostic(
      { code: "c", severity: "error", summary: "s", subject: makeRange(file, 0, 0) },
      files,
    );
    assert.equal(text.split("\n")[3], "      ^");
  });
});

/** A range that is worked out when it is asked for. */
class LazyRange {
  readonly #text = "a\nb";
  get filename(): string {
    return "t.pkr.hcl";
  }
  get start(): SourceRange["start"] {
    return { line: this.#text.split("\n").length, column: 1, offset: 2 };
  }
  get end(): SourceRange["end"] {
    return this.start;
  }
}

/** One that has nothing but fields. */
class FieldRange {
  readonly filename = "t";
  readonly start = { line: 1, column: 1, offset: 0 };
  readonly end = { line: 1, column: 1, offset: 0 };
}

class Warning {
  readonly code = "c";
  readonly severity = "warning";
  readonly summary = "s";
}

class Started {
  readonly type = "build-started";
  readonly at = 0;
  readonly build = "a";
  readonly builderType = "file";
}

describe("diagnostic/plain data", () => {
  it("is refused by the compiler where it is an instance of a class, for copies would lose what that computes", () => {
    // @ts-expect-error: its places are accessors, and gone after `{ ...range }`.
    const lazy: SourceRange = new LazyRange();
    // @ts-expect-error: a class may get accessors any day.
    const fields: SourceRange = new FieldRange();
    // @ts-expect-error
    const warning: Diagnostic = new Warning();
    // @ts-expect-error
    const event: BuildEvent = new Started();
    // @ts-expect-error
    const nested: Diagnostic = { code: "c", severity: "error", summary: "s", subject: new LazyRange() };
    const copied: SourceRange = { ...lazy };
    assert.equal(copied.start, undefined);
    assert.deepEqual(
      [fields, warning, event, nested].map((one) => typeof one),
      ["object", "object", "object", "object"],
    );
  });

  it("is what literals and their copies are", () => {
    const place = { filename: "t", start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 2, offset: 1 } };
    const range: SourceRange = place;
    const moved: SourceRange = { ...range, filename: "u" };
    const diagnostic: Diagnostic = { code: "c", severity: "error", summary: "s", subject: moved };
    assert.deepEqual(structuredClone(diagnostic), diagnostic);
  });
});
