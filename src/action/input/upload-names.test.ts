import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findUnknownParts, nameGiver, namePattern } from "./upload-names.ts";

const parts = (build: string): Parameters<ReturnType<typeof nameGiver>>[0] => ({
  build,
  builder: "docker",
  template: "web",
});

describe("action/input/upload-names", () => {
  it("takes true for the usual name, false and nothing for no upload, and other text for the name", () => {
    assert.deepEqual(["true", "false", "", "x-{build}"].map(namePattern), [
      "packer-{build}",
      undefined,
      undefined,
      "x-{build}",
    ]);
  });

  it("knows what can be filled in", () => {
    assert.deepEqual(findUnknownParts("{build}{builder}{template}-{os}{}"), ["os", ""]);
    assert.equal(nameGiver("{template}/{builder}.{build}")(parts("a")), "web-docker.a");
  });

  it("replaces what GitHub refuses and never gives an empty name", () => {
    const name = nameGiver("{build}");
    assert.equal(name(parts('a"b:c<d>e|f*g?h\r\ni\\j/k')), "a-b-c-d-e-f-g-h-i-j-k");
    assert.equal(name(parts("../")), "packer");
    assert.equal(name(parts("x".repeat(900))).length, 200);
    // GitHub's library prints the name, and the runner looks for this anywhere in a line.
    assert.equal(name(parts("##[error]a #\u200b#[b]")), "##-error]a ##-b]");
  });

  it("gives no name twice, also where the case of letters does not count", () => {
    const name = nameGiver("packer-{build}");
    assert.deepEqual(
      ["a", "A", "a-2", "a"].map((build) => name(parts(build))),
      ["packer-a", "packer-A-2", "packer-a-2-2", "packer-a-3"],
    );
  });
});
