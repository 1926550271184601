import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { escapeSingleQuotes } from "../../step/script.ts";
import { fitVariables } from "./quoted-variables.ts";

const values = ["plain", "two words", "it's", '"quoted"', "$HOME `id`", "a;b & c | d", "", "line\nend", "back\\slash"];

describe("provisioner/shell variables between quotes", () => {
  for (const command of [
    "{{.Vars}} {{.Path}}",
    "env {{ .Vars }} {{.Path}}",
    "sh -c '{{.Vars}} {{.Path}}'",
    "echo \"it's\" >/dev/null; sh -c '{{ .Vars }} {{.Path}}'",
    "echo it\\'s >/dev/null; sh -ec 'env {{.Vars}} {{.Path}}'",
  ]) {
    test(`${command} hands every value on`, () => {
      for (const value of values) {
        const variables = `NAME='${escapeSingleQuotes(value)}' OTHER='x' `;
        const text = command.replaceAll(/\{\{ ?\.(Vars|Path) ?\}\}/g, (_, name: string) =>
          name === "Vars" ? fitVariables(command, variables) : "printenv NAME OTHER",
        );
        const ran = spawnSync("sh", ["-c", text], { encoding: "utf8" });
        assert.equal(ran.stdout, `${value}\nx\n`, `${text}\n${ran.stderr}`);
      }
    });
  }

  test("what needs no quotes goes as Packer sends it", () => {
    assert.equal(fitVariables("sh -c '{{.Vars}} {{.Path}}'", "A='b' C='d/e' "), "A='b' C='d/e' ");
  });
});
