import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type FakeProgram, fakeHost } from "../../../test/fakes/host.ts";
import { configOf, prepareOptions } from "../../../test/fakes/prepare.ts";
import { fakeRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { makeImageArtifact } from "../../step/docker-image.ts";
import { dockerPush } from "./docker-push.ts";

const tagged = makeImageArtifact({
  ...{
    builderId: "packer.post-processor.docker-tag",
    id: "reg:5000/n:2",
    tags: ["reg:5000/n:1", "reg:5000/n:2"],
    generated: { ID: "c" },
  },
  destroy: async () => {},
});

describe("post-processor/docker-push", () => {
  let home = "";
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "docker-push-"));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  async function process(
    given: Readonly<Record<string, unknown>>,
    answer: FakeProgram = pushed,
    env: Record<string, string> = {},
    fetch?: typeof globalThis.fetch,
  ) {
    const network = fetch === undefined ? {} : { network: { fetch: fetch as never } };
    const host = fakeHost({ tempDir: home, homeDir: home, env, programs: { docker: answer }, ...network });
    const run = fakeRun({ host, component: dockerPush });
    return { run, host, result: dockerPush.postProcess(await configOf(dockerPush, given), tagged, run) };
  }

  test("the image is pushed under each of its names once, and its digest is published", async () => {
    const { run, host, result } = await process({ platform: "linux/amd64" });
    const { artifact, input } = await result;
    assert.deepEqual(host.started.slice(0, 2), [
      ["docker", "push", "--platform", "linux/amd64", "reg:5000/n:2"],
      ["docker", "push", "--platform", "linux/amd64", "reg:5000/n:1"],
    ]);
    assert.deepEqual(run.lines, ["    Pushing: reg:5000/n:2", "    done", "    Pushing: reg:5000/n:1", "    done"]);
    assert.equal(artifact?.builderId, "packer.post-processor.docker-import");
    assert.equal(artifact?.id, "reg:5000/n:2");
    assert.deepEqual(artifact?.state("docker_tags"), ["reg:5000/n:1", "reg:5000/n:2"]);
    assert.deepEqual(artifact?.state("generated_data"), { ID: "c", Digest: "reg:5000/n@sha256:right" });
    assert.equal(artifact?.state("digest"), "reg:5000/n@sha256:right");
    assert.equal(input, "keep");
  });

  test("an image without a digest is said to have none", async () => {
    const { run, result } = await process({}, ([, name]) => (name === "image" ? { stdout: "sha256:abc null\n" } : {}));
    assert.deepEqual((await result).artifact?.state("generated_data"), { ID: "c" });
    assert.equal(run.lines.at(-1), "    Unable to determine digest for source image, ignoring it for now");
  });

  test("a login never touches the user's settings, and leaves other registries logged in to", async () => {
    mkdirSync(join(home, ".docker/contexts/meta"), { recursive: true });
    const users = JSON.stringify({
      auths: { a: {} },
      credsStore: "x",
      credHelpers: { "gcr.io": "gcloud" },
      currentContext: "c",
      proxies: { default: {} },
    });
    writeFileSync(join(home, ".docker/config.json"), users);
    const seen: unknown[] = [];
    const program: FakeProgram = (command, given) => {
      if (command.includes("login")) {
        const config = String(command[2]);
        seen.push(
          JSON.parse(readFileSync(join(config, "config.json"), "utf8")),
          readdirSync(join(config, "contexts")),
          given.input,
        );
      }
      return pushed(command, given);
    };
    const login = { login: true, login_username: "u", login_password: "secret", login_server: "reg:5000" };
    const { run, host, result } = await process(login, program);
    await result;
    await run.finish();
    // An empty helper means the file: the password must not get into the program that keeps the user's.
    const credHelpers = { "gcr.io": "gcloud", "reg:5000": "" };
    assert.deepEqual(seen, [{ ...JSON.parse(users), credHelpers }, ["meta"], "secret"]);
    assert.deepEqual(host.started.map(([, , , name]) => name).slice(0, 4), ["login", "push", "push", "logout"]);
    assert.ok(
      host.started.every((command) => !command.includes("secret")),
      "the password is on no command line",
    );
    assert.deepEqual(
      run.lines.filter((line) => /ing .*(in|out|directory)/.test(line)),
      [
        ...["    Creating temporary Docker configuration directory", "    Logging in...", "    Logging out..."],
        "    Removing temporary Docker configuration directory",
      ],
    );
    assert.deepEqual(readdirSync(home), [".docker"]);
    assert.equal(readFileSync(join(home, ".docker/config.json"), "utf8"), users);
  });

  test("a push that fails is an error in docker's words, and the login is taken back", async () => {
    const refusing: FakeProgram = (command, given) =>
      command.includes("push") ? { code: 1, stderr: "denied" } : pushed(command, given);
    const { run, result } = await process({ login: true, login_server: "reg:5000" }, refusing);
    await rejectsWith(result, { code: "docker/push", message: "Error pushing reg:5000/n:2\ndenied" });
    assert.ok(run.lines.includes("    Logging out..."));
    await run.finish();
    assert.deepEqual(readdirSync(home), []);
  });

  test("ecr_login fetches a password, hides it, and logs in with it", async () => {
    const inputs: string[] = [];
    const program: FakeProgram = (command, given) => {
      if (command.includes("login")) {
        inputs.push(given.input);
      }
      return pushed(command, given);
    };
    const answer = { authorizationData: [{ authorizationToken: Buffer.from("AWS:pa:ss").toString("base64") }] };
    const fetch = async (): Promise<Response> => new Response(JSON.stringify(answer));
    const server = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
    const keys = { aws_access_key: "AKID", aws_secret_key: "SECRET" };
    const { run, host, result } = await process({ ecr_login: true, login_server: server, ...keys }, program, {}, fetch);
    await result;
    assert.deepEqual(inputs, ["pa:ss"]);
    assert.deepEqual(host.started[0]?.slice(3), ["login", "-u", "AWS", "--password-stdin", server]);
    assert.deepEqual(run.hidden, ["pa:ss"]);
    assert.equal(run.lines[0], "    Fetching ECR credentials...");
  });

  test("only images can be pushed, and ecr_login needs a server", async () => {
    const run = fakeRun({ host: fakeHost(), component: dockerPush });
    const wrong = dockerPush.postProcess(
      await configOf(dockerPush, {}),
      { ...tagged, builderId: "packer.docker" },
      run,
    );
    await rejectsWith(wrong, {
      code: "docker/artifact",
      message: "Unknown artifact type: packer.docker\nCan only import from docker-import and docker-tag artifacts.",
    });
    assert.deepEqual((await prepareOptions(dockerPush, { ecr_login: true })).problems, [
      "ecr_login: ECR login requires login server to be provided.",
    ]);
  });
});

const pushed: FakeProgram = (command) => {
  if (command.includes("push")) {
    return { stdout: "done\n" };
  }
  if (command.includes("image")) {
    return { stdout: 'sha256:abc ["other@sha256:wrong","reg:5000/n@sha256:right"]\n' };
  }
  return {};
};
