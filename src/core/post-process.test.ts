import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aBuilder, anArtifact, aPostProcessor, planOf, runFakePlan } from "../../test/fakes/plan.ts";
import { failure } from "../diagnostic/build-error.ts";
import type { PostProcessed } from "../sdk/post-processor.ts";
import type { PlannedPostProcessor } from "../template/plan.ts";

const broken = (text: string) => failure("environment", "test/broken", text);

/** One whose result is called `TYPE(INPUT)`. */
function step(
  type: string,
  input: PostProcessed["input"],
  destroyed: string[],
  more: Partial<PlannedPostProcessor> = {},
) {
  return aPostProcessor(async (given) => ({ artifact: anArtifact(`${type}(${given.id})`, { destroyed }), input }), {
    type,
    name: type,
    ...more,
  });
}

async function process(sequences: (destroyed: string[]) => readonly (readonly PlannedPostProcessor[])[]) {
  const destroyed: string[] = [];
  const builder = aBuilder(async () => anArtifact("b", { destroyed, files: ["b.img"] }));
  const result = await runFakePlan(planOf({ builder, postProcessors: sequences(destroyed) }));
  const [build] = result.builds;
  return { ...result, build, destroyed, ids: build?.artifacts.map(({ id }) => id) };
}

describe("core/post-process", () => {
  test("without post-processors the builder's artifact stays", async () => {
    const { ids, destroyed } = await process(() => []);
    assert.deepEqual([ids, destroyed], [["b"], []]);
  });

  test("a builder without an artifact has none processed", async () => {
    let ran = false;
    const pp = aPostProcessor(async (artifact) => {
      ran = true;
      return { artifact, input: "keep" };
    });
    const { builds } = await runFakePlan(planOf({ builder: aBuilder(async () => undefined), postProcessors: [[pp]] }));
    assert.deepEqual([builds[0]?.outcome, builds[0]?.artifacts, ran], ["built", [], false]);
  });

  const table: readonly (readonly [
    name: string,
    sequences: (destroyed: string[]) => readonly (readonly PlannedPostProcessor[])[],
    stays: readonly string[],
    goes: readonly string[],
  ])[] = [
    ["an input that is not kept is destroyed", (d) => [[step("x", "discard", d)]], ["x(b)"], ["b"]],
    ["an input that is kept comes first", (d) => [[step("x", "keep", d)]], ["b", "x(b)"], []],
    [
      "the user keeps what would go",
      (d) => [[step("x", "discard", d, { keepInputArtifact: true })]],
      ["b", "x(b)"],
      [],
    ],
    [
      "the user lets go what would stay",
      (d) => [[step("x", "keep", d, { keepInputArtifact: false })]],
      ["x(b)"],
      ["b"],
    ],
    [
      "the user cannot let go what must stay",
      (d) => [[step("x", "must-keep", d, { keepInputArtifact: false })]],
      ["b", "x(b)"],
      [],
    ],
    [
      "in a sequence each takes the result before it",
      (d) => [[step("x", "discard", d), step("y", "discard", d)]],
      ["y(x(b))"],
      ["x(b)", "b"],
    ],
    [
      "a kept result in the middle is listed",
      (d) => [[step("x", "discard", d), step("y", "keep", d)]],
      ["x(b)", "y(x(b))"],
      ["b"],
    ],
    [
      "one sequence that keeps is enough",
      (d) => [[step("x", "discard", d)], [step("y", "keep", d)]],
      ["b", "x(b)", "y(b)"],
      [],
    ],
    [
      "every sequence begins with the builder's artifact",
      (d) => [[step("x", "discard", d)], [step("y", "discard", d)]],
      ["x(b)", "y(b)"],
      ["b"],
    ],
  ];
  for (const [name, sequences, stays, goes] of table) {
    test(name, async () => {
      const { ids, destroyed, build } = await process(sequences);
      assert.deepEqual([ids, destroyed, build?.outcome], [stays, goes, "built"]);
    });
  }

  test("each is announced under the build's name and speaks under its own", async () => {
    const loud = (name: string) =>
      aPostProcessor(
        async (artifact, run) => {
          run.ui.say("hello");
          run.ui.message("there");
          return { artifact, input: "keep" };
        },
        { type: "loud", name },
      );
    const { lines } = await process(() => [[loud("loud"), loud("my-step")]]);
    assert.deepEqual(lines, [
      "==> test: Running post-processor: loud",
      "==> test (loud): hello",
      "    test (loud): there",
      "==> test: Running post-processor: my-step (type loud)",
      "==> test (loud): hello",
      "    test (loud): there",
    ]);
  });

  test("one that fails ends its sequence only; the build fails with a list, and what the builder made stays", async () => {
    const failing = (text: string) =>
      aPostProcessor(async () => {
        throw broken(text);
      });
    const { build, destroyed, lines } = await process((d) => [
      [failing("no room"), step("never", "keep", d)],
      [step("x", "discard", d)],
      [failing("no time")],
    ]);
    assert.equal(build?.outcome, "failed");
    assert.equal(
      build.error,
      "2 error(s) occurred:\n\n* Post-processor failed: no room\n* Post-processor failed: no time",
    );
    assert.deepEqual(
      build.diagnostics.map(({ summary, within }) => [summary, within]),
      [
        ["no room", 'post-processor "fake"'],
        ["no time", 'post-processor "fake"'],
      ],
    );
    assert.deepEqual([build.artifacts, destroyed], [[], []]);
    assert.ok(lines.includes("    test: What could not be post-processed stays: artifact b"), lines.join("\n"));
    assert.ok(!lines.includes("==> test: Running post-processor: never"));
    assert.ok(lines.includes("==> test: Running post-processor: x"));
  });

  test("an end without a result lists nothing and keeps nothing", async () => {
    const nothing = aPostProcessor(async () => ({ artifact: undefined, input: "keep" }));
    const { ids, destroyed, build } = await process((d) => [[nothing, step("never", "keep", d)]]);
    assert.deepEqual([ids, destroyed, build?.outcome], [[], ["b"], "built"]);
  });

  test("an artifact that was passed on and then consumed is listed as Packer does, but marked as gone", async () => {
    const manifest = aPostProcessor(async (artifact) => ({ artifact, input: "must-keep" }));
    const { build, destroyed } = await process((d) => [[manifest, step("compress", "discard", d)]]);
    assert.deepEqual(
      build?.artifacts.map(({ id, gone }) => [id, gone]),
      [
        ["b", true],
        ["compress(b)", undefined],
      ],
    );
    assert.deepEqual(destroyed, ["b"]);
  });

  test("what cannot be destroyed fails the build with the words of where it was", async () => {
    const stuck = (id: string) => ({
      ...anArtifact(id, { files: ["f"] }),
      destroy: () => Promise.reject(new Error("busy")),
    });
    const x = aPostProcessor(async () => ({ artifact: stuck("x"), input: "discard" }), { type: "x" });
    const y = aPostProcessor(async () => ({ artifact: anArtifact("y"), input: "discard" }), { type: "y" });
    const plan = planOf({ builder: aBuilder(async () => stuck("b")), postProcessors: [[x, y]] });
    const { builds } = await runFakePlan(plan);
    assert.equal(
      builds[0]?.error,
      "2 error(s) occurred:\n\n* Failed cleaning up prior artifact: busy; pp is y\n* Error destroying builder artifact: busy; bad artifact: [f]",
    );
    const codes = builds[0]?.diagnostics.map(({ code }) => code);
    assert.deepEqual(codes, ["run/artifact-not-destroyed", "run/artifact-not-destroyed"]);
  });

  test("prepared and rendered with what the artifact knows", async () => {
    const state = { generated_data: { ID: "from-artifact" } };
    const pp = aPostProcessor(async (artifact, run) => {
      run.ui.say(run.render("{{build `ID`}} {{.BuildName}}", { BuildName: run.build.name }));
      return { artifact, input: "keep" };
    });
    const builder = aBuilder(async (run) => {
      run.publish({ ID: "from-build" });
      return anArtifact("b", { state });
    });
    const { lines } = await runFakePlan(planOf({ builder, postProcessors: [[pp]] }));
    assert.equal(lines[1], "==> test (fake): from-artifact test");
  });

  test("after a cancel no post-processor runs, and what was built goes", async () => {
    const cancel = new AbortController();
    const destroyed: string[] = [];
    const ran: string[] = [];
    const pp = (name: string) =>
      aPostProcessor(async () => {
        ran.push(name);
        cancel.abort();
        return { artifact: anArtifact(name, { destroyed }), input: "discard" };
      });
    const builder = aBuilder(async () => anArtifact("b", { destroyed }));
    const plan = planOf({ builder, postProcessors: [[pp("first"), pp("second")], [pp("third")]] });
    const { builds } = await runFakePlan(plan, { signal: cancel.signal });
    assert.deepEqual(
      [ran, destroyed, builds[0]?.outcome, builds[0]?.artifacts],
      [["first"], ["first", "b"], "cancelled", []],
    );
  });
});
