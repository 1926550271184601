import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { escapeSingleQuotes, formatVariables, makeScriptVariables } from "./script.ts";

describe("step/script", () => {
  const build = { name: "web", builderType: "docker" };

  test("every script learns which build it works for", () => {
    assert.deepEqual(makeScriptVariables({ environment_vars: [], env: {} }, { build, generated: {} }), [
      ["PACKER_BUILDER_TYPE", "docker"],
      ["PACKER_BUILD_NAME", "web"],
    ]);
  });

  test("the user's variables win over the ones every script gets, and env over environment_vars", () => {
    const own = { environment_vars: ["PACKER_BUILD_NAME=mine", "A=1", "A=2", "B=x"], env: { B: "y" } };
    assert.deepEqual(makeScriptVariables(own, { build, generated: {} }), [
      ["A", "2"],
      ["B", "y"],
      ["PACKER_BUILDER_TYPE", "docker"],
      ["PACKER_BUILD_NAME", "mine"],
    ]);
  });

  test("the address of an HTTP server is passed on when there is one", () => {
    const generated = { PackerHTTPAddr: "a:1", PackerHTTPPort: 1 };
    assert.deepEqual(makeScriptVariables({ environment_vars: [], env: {} }, { build, generated }), [
      ["PACKER_BUILDER_TYPE", "docker"],
      ["PACKER_BUILD_NAME", "web"],
      ["PACKER_HTTP_ADDR", "a:1"],
      ["PACKER_HTTP_PORT", "1"],
    ]);
  });

  const formats: readonly [string, string][] = [
    ["%s='%s' ", "A='b c' "],
    ["$env:%s=%q; ", '$env:A="b c"; '],
    ["%[2]v<-%[1]v", "b c<-A"],
    ["100%% %s", "100% A"],
    ["%s %s %s", "A b c %!s(MISSING)"],
    ["%[3]s", "%!s(BADINDEX)"],
  ];
  for (const [format, text] of formats) {
    test(`${format} writes a variable as ${text}`, () => assert.equal(formatVariables([["A", "b c"]], format), text));
  }

  test("values of variables are never taken for formats", () => {
    assert.equal(formatVariables([["A", "%s $& $1"]], "%s=%s\n"), "A=%s $& $1\n");
  });

  test("a single quote in a value ends the quotes, is quoted otherwise, and they begin again", () => {
    assert.equal(escapeSingleQuotes("it's"), `it'"'"'s`);
  });
});
