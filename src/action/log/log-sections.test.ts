// Sections of the log: never interleaved, always balanced, however much waits.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { readLog } from "../../../test/e2e/action-runner.ts";
import { LogSections } from "./log-sections.ts";
import { RunnerOutput } from "./runner-output.ts";

function log(
  test: TestContext,
  hide = (text: string): string => text,
): { sections: LogSections; text(): string; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-sections-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  let written = "";
  let count = 0;
  const write = (text: string): void => {
    written += text;
  };
  return {
    sections: new LogSections({
      output: new RunnerOutput({ write, hide }),
      place: { folder, name: () => `spool-${++count}` },
    }),
    text: () => written,
    folder,
  };
}

describe("action/log/log-sections", () => {
  it("streams the oldest section and lets the others wait", (t) => {
    const { sections, text } = log(t);
    const a = sections.open("a");
    const b = sections.open("b");
    a.add("a1\n");
    b.add("b1\n");
    assert.equal(text(), "::group::a\na1\n");
    a.add("a2\n");
    a.close();
    assert.equal(text(), "::group::a\na1\na2\n::endgroup::\n::group::b\nb1\n");
    b.add("b2\n");
    sections.drain();
    assert.equal(text(), "::group::a\na1\na2\n::endgroup::\n::group::b\nb1\nb2\n::endgroup::\n");
  });

  it("shows no group in which nothing was said", (t) => {
    const { sections, text } = log(t);
    sections.open("a").close();
    sections.drain();
    assert.equal(text(), "");
  });

  it("closes the group for a line that cannot wait and opens it again when it goes on", (t) => {
    const { sections, text } = log(t);
    const a = sections.open("a");
    a.add("a1\n");
    sections.interject().text("now\n");
    a.add("a2\n");
    a.close();
    assert.equal(text(), "::group::a\na1\n::endgroup::\nnow\n::group::a (continued)\na2\n::endgroup::\n");
  });

  it("keeps much text that waits out of memory, in order, and leaves no file", (t) => {
    const { sections, text, folder } = log(t);
    const first = sections.open("first");
    first.add("x\n");
    const second = sections.open("second");
    let expected = "";
    for (let i = 0; i < 40_000; i++) {
      const line = `line ${i} äöü🎉\n`;
      second.add(line);
      expected += line;
    }
    assert.deepEqual(readdirSync(folder), []);
    second.close();
    first.close();
    assert.equal(text(), `::group::first\nx\n::endgroup::\n::group::second\n${expected}::endgroup::\n`);
  });

  it("hides what became a secret while it waited", (t) => {
    const { sections, text } = log(t, (shown) => shown.replaceAll("late", "***"));
    const a = sections.open("a");
    sections.open("b").add("a late secret\n");
    a.close();
    sections.drain();
    assert.match(text(), /a \*\*\* secret/);
  });

  it("keeps every line in its own group whatever the order of events", (t) => {
    const { sections, text } = log(t);
    let state = 7;
    const random = (below: number): number => {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      return Math.floor((state / 2 ** 31) * below);
    };
    const open = new Map<string, ReturnType<LogSections["open"]>>();
    for (let i = 0; i < 5000; i++) {
      const name = `build-${random(4)}`;
      if (random(20) === 0) {
        sections.interject().text("heartbeat\n");
      }
      const section = open.get(name) ?? sections.open(name);
      open.set(name, section);
      section.add(`${name} says ${i}\n`);
      if (random(6) > 0) {
        continue;
      }
      section.close();
      open.delete(name);
    }
    sections.drain();
    const lines = readLog(text()).filter(({ text: line }) => line.includes(" says "));
    assert.equal(lines.length, 5000);
    for (const { text: line, group } of lines) {
      assert.equal(group?.replace(" (continued)", ""), line.split(" ")[0]);
    }
  });
});
