import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareRecipes, speakDifference } from "./differences.ts";
import type { BuildRecipe, ComponentRecipe } from "./recipe.ts";

const shell = (...inline: string[]): ComponentRecipe => ({ type: "shell", options: { inline } });
const sleep: ComponentRecipe = { type: "sleep", options: { duration: 1 } };

function recipe(more: Partial<BuildRecipe> = {}): BuildRecipe {
  return {
    name: "app",
    builder: { type: "docker", options: { image: "debian" } },
    communicator: { type: "docker", options: {} },
    provisioners: [],
    postProcessors: [],
    variables: {},
    files: [],
    version: "1",
    ...more,
  };
}

function lines(before: Partial<BuildRecipe>, after: Partial<BuildRecipe>): readonly string[] {
  return compareRecipes(recipe(before), recipe(after)).map(speakDifference);
}

describe("recipe/differences", () => {
  it("finds none between equal recipes", () => {
    assert.deepEqual(lines({ variables: { b: 1, a: { y: 1, x: 2 } } }, { variables: { a: { x: 2, y: 1 }, b: 1 } }), []);
  });

  it("does not call a provisioner changed because another one came before it", () => {
    assert.deepEqual(
      lines({ provisioners: [shell("a"), shell("b")] }, { provisioners: [sleep, shell("a"), shell("b")] }),
      ["provisioner 1: added (sleep)"],
    );
    assert.deepEqual(
      lines({ provisioners: [shell("a"), sleep, shell("b")] }, { provisioners: [shell("a"), shell("b")] }),
      ["provisioner 2: removed (sleep)"],
    );
  });

  it("names the line of a script that changed", () => {
    assert.deepEqual(lines({ provisioners: [sleep, shell("b", "c")] }, { provisioners: [sleep, shell("b", "d")] }), [
      "provisioner 2 (shell), inline[1]: c -> d",
    ]);
  });

  it("tells order from content", () => {
    assert.deepEqual(lines({ provisioners: [shell("a"), sleep] }, { provisioners: [sleep, shell("a")] }), [
      "provisioner 1: removed (shell)",
      "provisioner 2: added (shell)",
    ]);
  });

  it("speaks of the base, of post-processors, of the error-cleanup provisioner and of the version", () => {
    assert.deepEqual(
      lines(
        {
          base: { what: "debian", digest: "sha256:1" },
          postProcessors: [[{ type: "docker-tag", options: { tags: ["a"] } }]],
        },
        {
          base: { what: "debian", digest: "sha256:2" },
          postProcessors: [
            [
              { type: "docker-tag", options: { tags: ["a", "b"] } },
              { type: "docker-push", options: {} },
            ],
          ],
          errorCleanupProvisioner: shell("x"),
          version: "2",
        },
      ),
      [
        "base image debian: sha256:1 -> sha256:2",
        "error-cleanup-provisioner 1: added (shell)",
        'post-processor 1 (docker-tag), tags: ["a"] -> ["a","b"]',
        "post-processor 2: added (docker-push)",
        "packer-ts: 1 -> 2",
      ],
    );
  });

  it("says of a secret only that it changed, came or went", () => {
    assert.deepEqual(
      lines({ variables: { a: "secret:1", b: "secret:1" } }, { variables: { a: "secret:2", c: "secret:3" } }),
      ["variable a: changed", "variable b: removed (a secret)", "variable c: added (a secret)"],
    );
  });

  it("says that another builder is used instead of comparing its options", () => {
    assert.deepEqual(lines({}, { builder: { type: "null", options: {} } }), ["builder: docker -> null"]);
  });

  it("cuts long values", () => {
    const [line = ""] = lines({ variables: { a: "x" } }, { variables: { a: "y".repeat(5000) } });
    assert.ok(line.length < 300, line);
  });
});
