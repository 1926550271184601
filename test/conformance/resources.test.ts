// A component makes only what it lists: the types refuse it, and for whoever has no types the run does.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { defineBuilder } from "../../src/sdk/builder.ts";
import { defineResource } from "../../src/sdk/resource.ts";
import { anArtifact, plannedOf, planOf, runFakePlan } from "../fakes/plan.ts";

const made: string[] = [];
const kindOf = <const Name extends string>(kind: Name) =>
  defineResource({
    kind,
    title: kind,
    async create({ name }: { readonly name: string }) {
      made.push(name);
      return { made: name, handle: { name, isOpen: true } };
    },
    async remove({ wanted }) {
      made.splice(made.indexOf(wanted.name), 1);
    },
  });
const listed = kindOf("listed");
const unlisted = kindOf("unlisted");

const right = defineBuilder({
  type: "right",
  summary: "A builder that lists what it makes.",
  communicators: ["none"],
  options: {},
  resources: [listed],
  async build(_config, run) {
    const handle = await run.acquire(listed, { name: "a" });
    // The handle is the live thing with its type, not what the journal says of it.
    const isOpen: boolean = handle.isOpen;
    assert.equal(isOpen, true);
    // @ts-expect-error What is wanted has a type as well.
    const wrong = (): unknown => run.acquire(listed, { title: "a" });
    assert.equal(typeof wrong, "function");
    return anArtifact("x");
  },
});

const forgetful = defineBuilder({
  type: "forgetful",
  summary: "A builder that makes what it does not list.",
  communicators: ["none"],
  options: {},
  resources: [listed],
  async build(_config, run) {
    // @ts-expect-error It is not among its resources.
    await run.acquire(unlisted, { name: "b" });
    return anArtifact("x");
  },
});

const bare = defineBuilder({
  type: "bare",
  summary: "A builder that lists nothing.",
  communicators: ["none"],
  options: {},
  async build(_config, run) {
    // @ts-expect-error Nothing is among its resources.
    await run.acquire(listed, { name: "c" });
    return anArtifact("x");
  },
});

describe("conformance/resources", () => {
  test("a builder gets the live thing that it made, and it goes when the build ends", async () => {
    const { builds } = await runFakePlan(planOf({ builder: plannedOf(right) }));
    assert.deepEqual([builds[0]?.outcome, made], ["built", []]);
  });

  for (const builder of [forgetful, bare]) {
    test(`a ${builder.type} builder is told that it is wrong before anything is made`, async () => {
      const { builds } = await runFakePlan(planOf({ builder: plannedOf(builder) }));
      assert.deepEqual([builds[0]?.diagnostics[0]?.code, made], ["run/bug", []]);
      assert.match(builds[0]?.diagnostics[0]?.detail ?? builds[0]?.error ?? "", /does not list it among its resources/);
    });
  }
});
