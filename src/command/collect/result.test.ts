// What another machine left is read, or said to be unreadable; it is never half believed.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatResult, type RunResultFile, readResult } from "./result.ts";

const result: RunResultFile = {
  outcome: "built",
  failureClass: "",
  endedAt: 1_700_000_000_000,
  runUuid: "u",
  templates: ["t.json"],
  only: ["web"],
  builds: [
    {
      template: "t.json",
      name: "web",
      builderType: "file",
      startedAt: 1_699_999_999_000,
      outcome: "built",
      milliseconds: 1000,
      error: undefined,
      failure: undefined,
      failedIn: undefined,
      artifacts: [{ builderId: "packer.file", id: "File", text: "Stored file: x", files: ["x"] }],
      spans: [
        {
          id: 1,
          kind: "step",
          title: "Write",
          componentType: undefined,
          parent: undefined,
          startedAt: 1_699_999_999_000,
          milliseconds: 5,
          outcome: "done",
        },
      ],
    },
  ],
  artifacts: [
    {
      template: "t.json",
      build: "web",
      builder: "file",
      builder_id: "packer.file",
      id: "File",
      description: "Stored file: x",
      files: [{ path: "x", size: 1 }],
    },
  ],
  uploaded: [],
  compared: [],
  errors: [],
};

type Change = (file: Record<string, unknown>) => void;

function read(change: Change = () => {}): ReturnType<typeof readResult> {
  const file = JSON.parse(formatResult(result)) as Record<string, unknown>;
  change(file);
  return readResult(JSON.stringify(file), "leg.json");
}

describe("collect/result", () => {
  it("reads what was written", () => {
    const reading = read();
    assert.ok(reading.is === "result");
    assert.deepEqual(reading.result.builds[0]?.artifacts, result.builds[0]?.artifacts);
    assert.equal(reading.result.builds[0]?.spans[0]?.title, "Write");
    assert.deepEqual(reading.result.artifacts, result.artifacts);
  });

  it("tells a file of something else from one that is broken", () => {
    assert.equal(readResult("{}", "a").is, "foreign");
    assert.equal(readResult("[1]", "a").is, "foreign");
    assert.equal(readResult("", "a").is, "broken");
    assert.equal(readResult('{"packer-ts-result":2}', "a").is, "broken");
  });

  it("believes no field that is missing or of another kind", () => {
    const build =
      (change: Change): Change =>
      (file) =>
        change((file["builds"] as Record<string, unknown>[])[0] ?? {});
    const artifact =
      (change: Change): Change =>
      (file) =>
        change((file["artifacts"] as Record<string, unknown>[])[0] ?? {});
    const changes: readonly Change[] = [
      ...Object.keys(result).map(
        (name): Change =>
          (file) =>
            void delete file[name],
      ),
      ...Object.keys(result).map(
        (name): Change =>
          (file) =>
            Object.assign(file, { [name]: { a: 1 } }),
      ),
      build((one) => Object.assign(one, { outcome: "fine" })),
      build((one) => Object.assign(one, { milliseconds: "1" })),
      build((one) => Object.assign(one, { spans: [{ id: "1" }] })),
      build((one) => Object.assign(one, { artifacts: [{ builderId: "x", id: "y", text: "z", files: [{}] }] })),
      artifact((one) => Object.assign(one, { files: null })),
      artifact((one) => Object.assign(one, { unchanged_since: "once" })),
    ];
    for (const change of changes) {
      assert.equal(read(change).is, "broken", String(change));
    }
  });
});
