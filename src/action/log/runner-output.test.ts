// What enters the log of a step: no secret, and no command but ours, whatever the parts are that a line is made of.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commandOf } from "../../../test/e2e/action-runner.ts";
import { Secrets } from "../../core/secrets.ts";
import { RunnerOutput } from "./runner-output.ts";

function scene(...values: readonly string[]): { readonly output: RunnerOutput; readonly written: () => string } {
  const secrets = new Secrets();
  for (const value of values) {
    secrets.register(value);
  }
  let written = "";
  const write = (text: string): void => {
    written += text;
  };
  return { output: new RunnerOutput({ write, hide: (text) => secrets.filter(text) }), written: () => written };
}

const ENDS = ["\n", "\r\n", "\r", "\n\u200b", "\n \t", "\n\u001b[31m", "\u2028", "\u2029", "\u0085", "\v", "\f"];
const COMMANDS = ["::warning title=x::forged", "::stop-commands::forged", "##[error]forged", "::add-mask::forged"];

describe("action/log/runner-output", () => {
  it("lets no name, with any kind of line end in it, begin a command", () => {
    for (const end of ENDS) {
      for (const command of COMMANDS) {
        const name = `web${end}${command}`;
        const { output, written } = scene();
        output.text(`==> ${name}: says ${name}\n`);
        output.text(`Build '${name}' finished.\n--> ${name}: made ${name}\n`);
        output.text(`${name}\n`);
        const lines = written().split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/);
        assert.deepEqual(
          lines.map((line) => commandOf(line.replace(/\u001b\[\d+m/g, ""))).filter(Boolean),
          [],
          JSON.stringify(name),
        );
      }
    }
  });

  it("keeps names with line ends within the one command that they are part of", () => {
    for (const end of ENDS) {
      for (const command of COMMANDS) {
        const name = `web${end}${command}`;
        const { output, written } = scene();
        output.group(name);
        output.endGroup();
        output.message("error", `${name}\n${name}`, { title: name, file: `images/${name}.json`, line: 1 });
        const commands = written()
          .split(/\r\n|\n|\r/)
          .map(commandOf);
        assert.deepEqual(commands, ["group", "endgroup", "error", undefined], JSON.stringify(name));
      }
    }
  });

  it("leaves `%0A` in a name what it is", () => {
    const { output, written } = scene();
    output.message("notice", "a%0A::error::b", { title: "a%0A::error::b" });
    assert.equal(written(), "::notice title=a%250A%3A%3Aerror%3A%3Ab::a%250A::error::b\n");
  });

  it("hides a secret and holds a command back that come in pieces", () => {
    const { output, written } = scene("hunter2-hunter2");
    const text = "it is hunter2-hunter2\n::error::forged\nend\n";
    for (let at = 0; at < text.length; at += 3) {
      output.text(text.slice(at, at + 3));
    }
    assert.equal(written(), "it is <sensitive>\n:\\:error::forged\nend\n");
  });

  it("ends a line that a command would stand in", () => {
    const { output, written } = scene();
    output.text("half");
    output.message("notice", "n");
    assert.equal(written(), "half\n::notice::n\n");
  });

  it("hides a secret that looks like a command, and one that the limit of a message would cut", () => {
    const secret = `::error::${"s3cr3t-".repeat(30)}`;
    const { output, written } = scene(secret);
    output.text(`${secret}\n`);
    output.message("error", `${"x".repeat(4060)} ${secret}`);
    assert.doesNotMatch(written(), /s3cr3t/);
  });

  it("never changes the file that a message points at", () => {
    const { output, written } = scene("hunter2-hunter2");
    output.message("error", "m", { title: "hunter2-hunter2", file: "images/hunter2-hunter2.json", line: 3 });
    assert.equal(written(), "::error title=<sensitive>,file=images/hunter2-hunter2.json,line=3::m\n");
  });
});
