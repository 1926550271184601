import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { configOf } from "../../../test/fakes/prepare.ts";
import { docker } from "./docker.ts";
import { findMachineNeeds } from "./machine-needs.ts";

describe("builder/docker machine needs", () => {
  const cases: readonly [Readonly<Record<string, unknown>>, ReturnType<typeof findMachineNeeds>][] = [
    [{}, { os: "linux", arch: undefined }],
    [{ platform: "linux/amd64" }, { os: "linux", arch: undefined }],
    [{ platform: "linux/arm64/v8" }, { os: "linux", arch: "arm" }],
    [{ platform: "linux/aarch64" }, { os: "linux", arch: "arm" }],
    [{ platform: "windows/amd64" }, { os: "windows" }],
    [{ windows_container: true }, { os: "windows" }],
  ];
  for (const [options, needs] of cases) {
    test(`with ${JSON.stringify(options)} it needs ${JSON.stringify(needs)}`, async () => {
      const config = await configOf(docker, { image: "debian", commit: true, ...options });
      assert.deepEqual(findMachineNeeds(config), needs);
    });
  }

  test("it says what it needs even when its options are wrong", () => {
    assert.deepEqual(findMachineNeeds({}), { os: "linux", arch: undefined });
  });
});
