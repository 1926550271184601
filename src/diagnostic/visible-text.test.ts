// What of a text reaches a terminal.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { keepVisible } from "./visible-text.ts";

describe("diagnostic/visible-text", () => {
  test("text, tabs, line ends and colours stay", () => {
    for (const text of [
      "",
      "a\tb\nc\n",
      "\u001b[1;31mred\u001b[0m",
      "\u001b[38:5:1mred\u001b[m",
      "é 😀 \u00a0 \u200b",
    ]) {
      assert.equal(keepVisible(text), text);
    }
  });

  for (const [what, sent, seen] of [
    ["moving up and erasing", "a\u001b[2A\u001b[2Kb", "ab"],
    ["clearing the screen", "\u001b[2J\u001b[3J\u001b[Hx", "x"],
    ["the clipboard", "a\u001b]52;c;cm0gLXJmIC8K\u0007b", "ab"],
    ["a title, ended in the other way", "a\u001b]0;title\u001b\\b", "ab"],
    ["a link to elsewhere", "\u001b]8;;http://elsewhere\u0007here\u001b]8;;\u0007", "here"],
    ["a device control", "a\u001bP+q544e\u001b\\b", "ab"],
    ["a reset", "a\u001bcb", "ab"],
    ["another character set", "a\u001b(0b", "ab"],
    ["keys of another kind", "a\u001b[>4;1mb", "ab"],
    ["questions that the terminal answers", "a\u001b[6n\u001b[c\u001b[21tb", "ab"],
    ["the eight-bit forms", "a\u009b2Jb\u009d0;t\u009cc", "abc"],
    ["writing over the line's beginning", "==> web: no\r==> db: yes", "==> web: no ==> db: yes"],
    ["a line end of Windows", "a\r\nb\r\n", "a\nb\n"],
    ["a bell and steps back", "a\u0007b\u0008\u0008c", "abc"],
    ["what hides itself within another", "a\u001b[\u001b[2Jb", "a[b"],
    ["an order without its end", "a\u001b]0;the rest is text", "a]0;the rest is text"],
    ["an order that is cut off", "a\u001b[", "a["],
  ] as const) {
    test(`${what}: nothing but the text is left`, () => assert.equal(keepVisible(sent), seen));
  }

  test("what is left over of one order is not the beginning of another", () => {
    for (const inner of ["\u001b[2J", "\u0007", "\u009b2J"]) {
      assert.doesNotMatch(
        keepVisible(`\u001b${inner}[2J\u001b${inner}]52;c;x\u0007`),
        /[\u0000-\u0008\u000b-\u001f\u0080-\u009f]/,
      );
    }
  });

  test("a long text of nothing but beginnings is through in a moment", () => {
    for (const piece of [
      "\u001b",
      "\u001b[",
      "\u001b[0;",
      "\u001b]",
      "\u001bP",
      "\u009d",
      "\r",
      "\u0007",
      "\u001b[0m",
    ]) {
      const begun = performance.now();
      keepVisible(piece.repeat(1_000_000 / piece.length));
      assert.ok(performance.now() - begun < 2000, `${JSON.stringify(piece)}: ${performance.now() - begun} ms`);
    }
  });
});
