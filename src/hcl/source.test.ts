import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SourceRange } from "../diagnostic/diagnostic.ts";
import { EmbeddedSource, firstGraphemes, graphemeCount, Source } from "./source.ts";

const family = "👩‍👩‍👧‍👦";

describe("hcl/source", () => {
  it("counts lines and columns from one", () => {
    const source = new Source("ab\ncd\r\n\nx", "f");
    const places = [0, 1, 2, 3, 5, 7, 8, 9].map((offset) => source.position(offset));
    assert.deepEqual(
      places.map(({ line, column }) => `${line}:${column}`),
      ["1:1", "1:2", "1:3", "2:1", "2:3", "3:1", "4:1", "4:2"],
    );
  });

  it("counts a character of many units as one column", () => {
    const text = `é${family}e\u0301x`;
    const source = new Source(text, "f");
    assert.equal(source.position(text.indexOf("x")).column, 4);
    assert.equal(source.position(text.length).column, 5);
    assert.equal(source.position(1).column, 2);
  });

  it("counts the same in long lines, which are looked at in pieces", () => {
    const text = `${family}🇩🇪🇫🇷é`.repeat(500);
    assert.equal(graphemeCount(text), 2000);
    assert.equal(new Source(text, "f").position(text.length).column, 2001);
    assert.equal(graphemeCount(`a${"\u0301".repeat(5000)}`), 1);
    assert.equal(firstGraphemes(text, 3), `${family}🇩🇪🇫🇷`);
    assert.equal(firstGraphemes("ab", 5), "ab");
  });

  it("gives ranges as plain data", () => {
    const source = new Source("a\nbc", "f");
    assert.deepEqual(
      { ...source.span(2, 4).toRange() },
      {
        filename: "f",
        start: { line: 2, column: 1, offset: 2 },
        end: { line: 2, column: 3, offset: 4 },
      },
    );
  });

  it("lets nobody take what computes a place for the place itself", () => {
    const span = new Source("a", "f").span(0, 1);
    // @ts-expect-error: copying a span would lose its lines and columns, so that it is no range.
    const range: SourceRange = span;
    assert.ok(range);
  });

  it("maps places in an embedded text to where it was written", () => {
    const outer = new Source('{"a": "x\\ny"}', "f");
    const inner = new EmbeddedSource("x\ny", outer, (offset) => [7, 8, 10, 11][offset] ?? 11);
    assert.deepEqual(inner.position(2), { line: 1, column: 11, offset: 10 });
    assert.equal(inner.span(2, 3).toRange().start.line, 1);
  });
});
