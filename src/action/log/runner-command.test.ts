// The runner's log protocol: our commands are the toolkit's, and nobody else's text is a command.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { commandOf } from "../../../test/e2e/action-runner.ts";
import { joinLines, makeHarmless, splitLines, writeRunnerCommand } from "./runner-command.ts";

/** What the toolkit prints. */
function toolkit(code: string): string {
  return execFileSync(
    process.execPath,
    ["--input-type=module", "-e", `import * as core from "@actions/core";${code}`],
    {
      encoding: "utf8",
    },
  );
}

describe("action/log/runner-command", () => {
  it("writes annotations, groups and masks as the toolkit does", () => {
    const message = "50% of\nall, lines: \r\nend";
    const title = "a: b, 100%\nc";
    const theirs = toolkit(
      `core.error(${JSON.stringify(message)}, ${JSON.stringify({ title, file: "a,b:c.json", startLine: 1, endLine: 1, startColumn: 2, endColumn: 5 })});` +
        `core.startGroup("a % b"); core.endGroup(); core.setSecret(${JSON.stringify(message)}); core.debug("x");`,
    );
    const ours = [
      writeRunnerCommand("error", message, { title, file: "a,b:c.json", line: 1, endLine: 1, col: 2, endColumn: 5 }),
      writeRunnerCommand("group", "a % b"),
      writeRunnerCommand("endgroup", ""),
      writeRunnerCommand("add-mask", message),
      writeRunnerCommand("debug", "x"),
    ];
    assert.equal(`${ours.join("\n")}\n`, theirs);
  });

  it("leaves ordinary lines as they are", () => {
    for (const line of [
      "",
      "plain",
      " : a",
      "a :: b",
      "std::vector<int>",
      "## heading",
      "#[x]",
      "=== ::",
      "[##]",
      "é::x",
      "\u001b[31mred\u001b[0m",
    ]) {
      assert.equal(makeHarmless(line), line);
    }
  });

  it("makes text of every line that the runner could take for a command", () => {
    const starts = ["", " ", "\t ", "\u00a0", "\u200b", "\u0000", "\u001b", "\u0301", "\ufeff", "text "];
    const colons = ["::", ":\u200b:", ":\u0000:", "##[", "#\u200b#[", "##\u200b["];
    let commands = 0;
    for (const start of starts) {
      for (const colon of colons) {
        for (const name of ["error", "set-output name=a", "stop-commands", "add-mask", "group"]) {
          const line = colon.includes("#") ? `${start}${colon}${name}]x` : `${start}${colon}${name}::x`;
          if (commandOf(line) !== undefined) {
            commands++;
          }
          assert.equal(commandOf(makeHarmless(line)), undefined, JSON.stringify(line));
          assert.equal(makeHarmless(line).replace("\\", ""), line);
        }
      }
    }
    assert.ok(commands > 200, `${commands} of the lines are commands before`);
  });

  it("cuts text where the runner would begin a new line", () => {
    assert.deepEqual(splitLines("a\r\nb\rc\nd\n"), ["a", "b", "c", "d", ""]);
  });

  it("puts a title on one line", () => {
    assert.equal(joinLines(" a\r\n::b \t c "), "a ::b c");
    assert.equal(joinLines("::error::x"), ":\\:error::x");
  });

  const hostile = [
    "\v",
    "\v:",
    "\u2028 ",
    "\u001b[",
    "\u001b[0m",
    "\u001b[0;",
    "#",
    "# ",
    "##",
    " ",
    ":",
    "::",
    "\u200b",
  ];
  it("is through with a hostile line in a moment, however long it is", () => {
    for (const piece of hostile) {
      const begun = performance.now();
      makeHarmless(`${piece.repeat(500_000 / piece.length)}x`);
      makeHarmless(piece.repeat(500_000 / piece.length));
      assert.ok(performance.now() - begun < 2000, `${JSON.stringify(piece)}: ${performance.now() - begun} ms`);
    }
  });

  it("makes text of what follows the last of many separators", () => {
    assert.equal(makeHarmless("a\v\v \u2028::stop"), "a\v\v \u2028:\\:stop");
  });
});
