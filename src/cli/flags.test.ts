// Flags as Go's flag package reads them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { build } from "../command/build/build.ts";
import { toPlain } from "../template/raw-value.ts";
import { parseFlags } from "./flags.ts";

function parse(...args: string[]): unknown {
  const parsed = parseFlags(build.options, args);
  if (parsed.is === "flags") {
    return { ...(toPlain(parsed.body) as object), rest: parsed.rest };
  }
  return parsed.is === "help" ? "help" : parsed.message;
}

describe("cli/flags", () => {
  it("takes one dash or two, and values after an equals sign or a blank", () => {
    assert.deepEqual(
      parse("-var", "a=1", "--var=b=2=3", "-force", "--on-error=abort", "-parallel-builds", "2", "t.json"),
      {
        var: { a: "1", b: "2=3" },
        force: true,
        on_error: "abort",
        parallel_builds: "2",
        rest: ["t.json"],
      },
    );
  });

  it("lets a later -var win", () =>
    assert.deepEqual(parse("-var", "a=1", "-var", "a=2", "-"), { var: { a: "2" }, rest: ["-"] }));
  it("gathers repeated files in order", () =>
    assert.deepEqual(parse("-var-file=a", "-var-file", "b"), { var_file: ["a", "b"], rest: [] }));
  it("cuts lists of builds at commas and lets them repeat", () =>
    assert.deepEqual(parse("-only=a,b", "-only", "c"), { only: ["a", "b", "c"], rest: [] }));
  it("needs an equals sign to switch a flag off", () =>
    assert.deepEqual(parse("-force=false", "x"), { force: false, rest: ["x"] }));
  it("stops at the first other argument and at two dashes", () => {
    assert.deepEqual(parse("t.json", "-force"), { rest: ["t.json", "-force"] });
    assert.deepEqual(parse("--", "-force"), { rest: ["-force"] });
  });
  it("shows help when asked", () => {
    for (const flag of ["-h", "-help", "--help"]) {
      assert.equal(parse(flag), "help");
    }
  });

  it("says what is wrong as Packer does", () => {
    assert.equal(parse("-var", "foo"), `invalid value "foo" for flag -var: No '=' value in arg: foo`);
    assert.equal(
      parse("-on-error=zz"),
      'invalid value "zz" for flag -on-error: expected one of ["cleanup" "abort" "ask" "run-cleanup-provisioner"]',
    );
    assert.equal(parse("-var"), "flag needs an argument: -var");
    assert.equal(parse("-parallel-builds=x"), 'invalid value "x" for flag -parallel-builds: parse error');
    assert.equal(parse("-frce"), "flag provided but not defined: -frce (did you mean -force?)");
  });
});
