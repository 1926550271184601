// Lines out of bytes, whatever pieces they come in.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openLineReader } from "./lines.ts";

function linesOf(...chunks: readonly (string | Uint8Array)[]): string[] {
  const lines: string[] = [];
  const reader = openLineReader((line) => lines.push(line));
  for (const chunk of chunks) {
    reader.write(Buffer.from(chunk));
  }
  reader.end();
  return lines;
}

describe("host/lines", () => {
  it("lines come whole, blank ones too, and a last one without its end", () => {
    const text = Buffer.from("één\n\nzwei\nrest");
    for (let size = 1; size <= text.length; size++) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.subarray(i * size, (i + 1) * size),
      );
      assert.deepEqual(linesOf(...pieces), ["één", "", "zwei", "rest"]);
    }
    assert.deepEqual(linesOf("a\n"), ["a"]);
    assert.deepEqual(linesOf(), []);
  });

  it("a line that never ends comes in pieces, cut at blanks, and nothing of it is kept", () => {
    const word = `${"w".repeat(99)} `;
    const chunk = word.repeat(650);
    const lines: number[] = [];
    const reader = openLineReader((line) => {
      assert.equal(line.length % 100, 0);
      lines.push(line.length);
    });
    global.gc?.();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 3_000; i++) {
      reader.write(Buffer.from(chunk));
    }
    reader.end();
    assert.equal(
      lines.reduce((sum, each) => sum + each, 0),
      195_000_000,
    );
    assert.ok(Math.max(...lines) <= 1024 * 1024);
    assert.ok(process.memoryUsage().rss - before < 150_000_000);
  });

  it("without a blank it is cut all the same, between characters", () => {
    const lines = linesOf("😀".repeat(1_200_000), "\nnext");
    assert.equal(lines.at(-1), "next");
    assert.equal(lines.slice(0, -1).join(""), "😀".repeat(1_200_000));
    for (const line of lines) {
      assert.doesNotMatch(line, /\p{Surrogate}/u);
    }
  });
});
