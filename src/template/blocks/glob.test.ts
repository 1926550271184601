// Patterns over the names of builds, as users write them after -only.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { globPattern, literalPattern } from "./glob.ts";

const fits = (pattern: string, name: string): boolean | undefined => globPattern(pattern)?.test(name);

describe("template/glob", () => {
  it("takes a dash for a dash, outside of a choice", () => {
    assert.equal(fits("my-build.docker.web-server", "my-build.docker.web-server"), true);
    assert.equal(fits("*.web-*", "docker.web-1"), true);
    assert.equal(fits("*.web-*", "docker.web_1"), false);
    assert.equal(fits("{a-b,c-d}.x", "c-d.x"), true);
    assert.equal(fits("[a-c]x", "bx"), true);
  });

  it("selects exactly the build whose name was made literal", () => {
    const names = [
      "docker.a*b",
      "docker.aXb",
      "docker.[ab]",
      "docker.a",
      "docker.{x,y}",
      "docker.x",
      "docker.a\\b",
      "docker.a?b",
      '🚀 it\'s "ä"',
    ];
    for (const name of names) {
      assert.deepEqual(
        names.filter((other) => fits(literalPattern(name), other)),
        [name],
      );
    }
  });
});
