import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { prepareOptions } from "../../../test/fakes/prepare.ts";
import { fakeBuildRun } from "../../../test/fakes/run.ts";
import { failure } from "../../diagnostic/build-error.ts";
import { nullBuilder } from "./null.ts";

describe("builder/null", () => {
  test("connects, provisions and gives an artifact that stands for nothing", async () => {
    const run = fakeBuildRun({ generated: { Host: "10.0.0.1" } });
    const artifact = await nullBuilder.build({}, run);
    assert.deepEqual(run.targets, [{}]);
    assert.equal(run.provisioned.length, 1);
    assert.equal(artifact?.builderId, "fnoeding.null");
    assert.equal(artifact.id, "Null");
    assert.deepEqual(artifact.files, []);
    assert.equal(artifact.describe(), "Did not export anything. This is the null builder");
    assert.deepEqual(artifact.state("generated_data"), { Host: "10.0.0.1" });
    assert.equal(artifact.state("other"), undefined);
    await artifact.destroy();
  });

  test("a failure of a provisioner ends the build", async () => {
    const run = fakeBuildRun({ provision: async () => Promise.reject(failure("provisioner", "x/y", "broken")) });
    await assert.rejects(async () => nullBuilder.build({}, run), /broken/);
  });

  const host = ": a Host must be specified, please reference your communicator documentation";
  const user = ": a Username must be specified, please reference your communicator documentation";
  const none = ": one authentication method must be specified, please reference your communicator documentation";
  const many = ": only one of ssh_agent_auth, ssh_password, and ssh_private_key_file must be specified";
  const reached = { ssh_host: "h", ssh_username: "u" };
  const cases: readonly [string, string, Readonly<Record<string, unknown>>, readonly string[]][] = [
    ["host, user and a way in are needed", "ssh", {}, [host, user, none]],
    ["a password is a way in", "ssh", { ...reached, ssh_password: "p" }, []],
    ["the agent is a way in", "ssh", { ...reached, ssh_agent_auth: true }, []],
    ["two ways in are too many", "ssh", { ...reached, ssh_agent_auth: true, ssh_private_key_file: "k" }, [many]],
    ["WinRM needs its own options", "winrm", { ...reached, winrm_host: "h" }, [user, none]],
    ["WinRM is reached with a password", "winrm", { winrm_host: "h", winrm_username: "u", winrm_password: "p" }, []],
    ["without a connection nothing is needed", "none", {}, []],
  ];
  for (const [name, type, config, problems] of cases) {
    test(name, async () =>
      assert.deepEqual((await prepareOptions(nullBuilder, {}, { communicator: { type, config } })).problems, problems),
    );
  }
});
