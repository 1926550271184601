import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type FakeHost, type FakeProgram, fakeHost } from "../../../test/fakes/host.ts";
import { configOf, prepareOptions } from "../../../test/fakes/prepare.ts";
import { type FakeBuildRun, fakeBuildRun } from "../../../test/fakes/run.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { openFileGate } from "../../host/file-gate.ts";
import type { Artifact } from "../../sdk/artifact.ts";
import { readContainer } from "../../step/container-target.ts";
import { docker } from "./docker.ts";

const ID = "3d6f5466234ae3d60b321dba043c64281fc1307f848f05f0c3b2db71fea4a510";
const IMAGE = `sha256:${"7e".repeat(32)}`;

describe("builder/docker", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "docker-builder-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A docker that does nothing but answer; `failing` names the command that it refuses. */
  function engine(failing = "", stderr = "no"): FakeProgram {
    return (command) => {
      const [name, ...rest] = command.slice(command[1] === "--config" ? 3 : 1);
      if (name === failing) {
        return { code: 1, stderr };
      }
      if (name === "build") {
        writeFileSync(String(rest[rest.indexOf("--iidfile") + 1]), `${IMAGE}\n`);
      }
      const answers: Record<string, string> = {
        run: `${ID}\n`,
        commit: `${IMAGE}\n`,
        export: "the file system",
        image: `${IMAGE} ["repo@sha256:d1"]`,
        inspect: JSON.stringify({
          Id: ID,
          State: { Running: true },
          Config: { User: "" },
          NetworkSettings: { IPAddress: "172.17.0.2" },
        }),
        version: "20.10",
        login: "Login Succeeded\n",
        pull: "Status: Downloaded\n",
      };
      return { stdout: answers[name ?? ""] ?? "" };
    };
  }

  async function build(
    given: Readonly<Record<string, unknown>>,
    program = engine(),
    more: {
      env?: Record<string, string> | undefined;
      signal?: AbortSignal | undefined;
      labels?: Record<string, string> | undefined;
    } = {},
  ): Promise<{ run: FakeBuildRun; host: FakeHost; result: Promise<Artifact | undefined> }> {
    const env = { PACKER_TMP_DIR: folder, ...more.env };
    const host = fakeHost({
      cwd: folder,
      tempDir: folder,
      homeDir: folder,
      env,
      programs: { docker: program, podman: program },
    });
    const settings = more.labels === undefined ? {} : { labels: more.labels };
    const run = fakeBuildRun({
      host,
      component: docker,
      settings,
      signal: more.signal,
    });
    const config = await configOf(docker, given, {
      host: {
        cwd: folder,
        platform: "linux",
        env: {},
        homeDir: folder,
        files: openFileGate(),
        tempDir: "/nowhere/tmp",
        cacheDir: "/nowhere/cache",
      },
    });
    return { run, host, result: docker.build(config, run) };
  }

  /** Command lines without what is random or only looks: the shared folder is HOST, the container's name is NAME. */
  function lines(host: FakeHost): readonly string[] {
    return host.started
      .map((command) =>
        command
          .join(" ")
          .replaceAll(/\S+\/tmp\d+:/g, "HOST:")
          .replaceAll(/packer-ts-[\w-]+/g, "NAME"),
      )
      .map((line) => line.replaceAll(/--config \S+/g, "--config DIR").replaceAll(/--iidfile \S+/g, "--iidfile FILE"))
      .filter((line) => !/^docker (image|inspect|version)/.test(line));
  }

  test("with its defaults it pulls, runs, commits and removes, in Packer's words", async () => {
    const { run, host, result } = await build({ image: "debian:12", commit: true });
    const artifact = await result;
    await run.finish();
    assert.deepEqual(lines(host), [
      "docker pull debian:12",
      "docker run --name NAME -v HOST:/packer-files -d -i -t --entrypoint=/bin/sh -- debian:12",
      `docker commit ${ID}`,
      `docker rm --force --volumes ${ID}`,
    ]);
    const [first = "", pulling, output, starting, command = "", ...rest] = run.lines;
    assert.deepEqual(
      [first, pulling, output, starting],
      [
        "==> Creating a temporary directory for sharing data...",
        "==> Pulling Docker image: debian:12",
        "    Status: Downloaded",
        "==> Starting docker container...",
      ],
    );
    assert.match(
      command,
      /^ {4}Run command: docker run -v \S+\/tmp\d+:\/packer-files -d -i -t --entrypoint=\/bin\/sh -- debian:12$/,
    );
    assert.deepEqual(rest, [
      `    Container ID: ${ID}`,
      "==> Committing the container",
      `    Image ID: ${IMAGE}`,
      `==> Killing the container: ${ID}`,
    ]);
    assert.equal(artifact?.builderId, "packer.post-processor.docker-import");
    assert.equal(artifact?.id, IMAGE);
    assert.equal(artifact?.describe(), `Imported Docker image: ${IMAGE}`);
    const data = { ID, ImageSha256: IMAGE, SourceImageSha256: IMAGE, SourceImageDigest: "repo@sha256:d1" };
    assert.deepEqual(artifact?.state("generated_data"), data);
  });

  test("labels and names the container after the run, but keeps labels out of a committed image", async () => {
    const labels = { "packer-ts.repository": "acme/images", "packer-ts.run-id": "77" };
    const exported = await build({ image: "i", discard: true, pull: false }, engine(), { labels });
    await exported.result;
    const [run = []] = exported.host.started.filter(([, name]) => name === "run");
    assert.deepEqual(run.slice(4, 8), [
      "--label",
      "packer-ts.repository=acme/images",
      "--label",
      "packer-ts.run-id=77",
    ]);
    assert.match(run[3] ?? "", /^packer-ts-acme-images-77-[0-9a-f-]{36}$/);
    const committed = await build({ image: "i", commit: true, pull: false }, engine(), { labels });
    await committed.result;
    const [other = []] = committed.host.started.filter(([, name]) => name === "run");
    assert.ok(!other.includes("--label"));
    assert.match(other[3] ?? "", /^packer-ts-acme-images-77-/);
  });

  test("every option of the container goes to docker run, in Packer's order", async () => {
    const { host, result } = await build({
      ...{
        image: "i",
        discard: true,
        pull: false,
        device: ["/dev/a", "/dev/b"],
        cap_add: ["A"],
        cap_drop: ["B", "C"],
        privileged: true,
      },
      ...{
        runtime: "runsc",
        platform: "linux/arm64",
        tmpfs: ["/t", "/u:size=1m"],
        volumes: { "/h": "/g:ro", "/x": "/y" },
        container_dir: "/shared",
      },
    });
    await result;
    assert.deepEqual(lines(host), [
      "docker run --name NAME --device /dev/a --device /dev/b --cap-add A --cap-drop B --cap-drop C --privileged --runtime runsc " +
        "--platform linux/arm64 --tmpfs /t:exec --tmpfs /u:size=1m -v /h:/g:ro -v /x:/y -v HOST:/shared -d -i -t --entrypoint=/bin/sh -- i",
    ]);
  });

  test("run_command is the template's own, rendered with the image", async () => {
    const { host, result } = await build({
      image: "i",
      discard: true,
      pull: false,
      run_command: ["-d", "-u", "42", "{{.Image}}", "/bin/sh"],
    });
    await result;
    assert.deepEqual(lines(host), ["docker run --name NAME -v HOST:/packer-files -d -u 42 i /bin/sh"]);
  });

  test("a container that the template names keeps that name, and is known by an id file", async () => {
    for (const name of [["--name", "mine"], ["--name=mine"]]) {
      const { run, host, result } = await build({
        image: "i",
        discard: true,
        pull: false,
        run_command: ["-d", ...name, "{{.Image}}"],
      });
      await result;
      assert.match(
        lines(host)[0] ?? "",
        /^docker run --cidfile \S+container-id -v HOST:\/packer-files -d --name[ =]mine i$/,
      );
      await run.finish();
    }
  });

  test("commit details go to docker commit, in Packer's order", async () => {
    const { host, result } = await build({
      image: "i",
      commit: true,
      pull: false,
      author: "Me <m@e>",
      message: "why",
      changes: ["ENV A=b", "USER x"],
    });
    await result;
    assert.equal(
      lines(host).at(-1),
      `docker commit --author Me <m@e> --change ENV A=b --change USER x --message why ${ID}`,
    );
  });

  test("a Windows container runs PowerShell and has its folder on c:", async () => {
    const { run, host, result } = await build({ image: "w", discard: true, pull: false, windows_container: true });
    await result;
    assert.deepEqual(lines(host), [
      "docker run --name NAME -v HOST:c:/packer-files -d -i -t --entrypoint=powershell -- w",
    ]);
    assert.equal(containerOf(run)?.windows, true);
    assert.equal(containerOf(run)?.containerDir, "c:/packer-files");
  });

  test("pulling asks for the platform, and docker_path chooses the program", async () => {
    const { run, host, result } = await build({
      image: "i",
      discard: true,
      platform: "linux/arm64",
      docker_path: "podman",
    });
    await result;
    assert.deepEqual(
      host.started.filter(([, name]) => name === "pull"),
      [["podman", "pull", "i", "--platform", "linux/arm64"]],
    );
    assert.ok(run.lines.some((line) => line.startsWith("    Run command: podman run ")));
  });

  test("a Dockerfile is built first and its image used, without a pull", async () => {
    writeFileSync(join(folder, "Base"), "FROM x");
    const block = { path: "Base", build_dir: "ctx", arguments: { A: "1", B: "2 3" }, compress: true };
    const { run, host, result } = await build({ build: block, discard: true, platform: "linux/amd64" });
    await result;
    assert.deepEqual(lines(host), [
      `docker build --iidfile FILE -f ${folder}/Base --platform linux/amd64 --pull --compress --build-arg A=1 --build-arg B=2 3 ctx`,
      `docker run --name NAME --platform linux/amd64 -v HOST:/packer-files -d -i -t --entrypoint=/bin/sh -- ${IMAGE}`,
    ]);
    assert.ok(run.lines.includes("==> Building base image from Base"));
    const plain = await build({ build: { path: "Base", pull: false }, discard: true });
    await plain.result;
    assert.equal(lines(plain.host)[0], `docker build --iidfile FILE -f ${folder}/Base .`);
  });

  test("a login uses settings of its own, gets the password on standard input, and is taken back", async () => {
    const inputs: string[] = [];
    const answer = engine();
    const program: FakeProgram = (command, given) => {
      if (command.includes("login")) {
        inputs.push(given.input);
      }
      return answer(command, given);
    };
    const login = { login: true, login_username: "u", login_password: "p", login_server: "reg" };
    const { run, host, result } = await build({ image: "reg/i", discard: true, ...login }, program);
    await result;
    assert.deepEqual(lines(host).slice(0, 3), [
      "docker --config DIR login -u u --password-stdin reg",
      "docker --config DIR pull reg/i",
      "docker --config DIR logout reg",
    ]);
    assert.deepEqual(inputs, ["p"]);
    assert.deepEqual(run.lines.slice(1, 7), [
      ...[
        "==> Pulling Docker image: reg/i",
        "    Creating temporary Docker configuration directory",
        "    Logging in...",
      ],
      ...["    Login Succeeded", "    Status: Downloaded", "    Logging out..."],
    ]);
    await run.finish();
    assert.deepEqual(leftIn(folder), []);
  });

  test("the export becomes the file at once and whole, with folders for it", async () => {
    const { run, host, result } = await build({ image: "i", pull: false, export_path: "sub/out.tar" });
    const artifact = await result;
    assert.equal(lines(host).at(-1), `docker export ${ID}`);
    assert.equal(readFileSync(join(folder, "sub/out.tar"), "utf8"), "the file system");
    assert.deepEqual(
      [artifact?.builderId, artifact?.id, artifact?.files, artifact?.describe()],
      [...["packer.docker", "Container", ["sub/out.tar"]], "Exported Docker file: sub/out.tar"],
    );
    await run.finish();
    assert.deepEqual(leftIn(join(folder, "sub")), ["out.tar"]);
    await artifact?.destroy();
    await artifact?.destroy();
    assert.deepEqual(leftIn(join(folder, "sub")), []);
  });

  test("an export that fails leaves the old file as it was", async () => {
    writeFileSync(join(folder, "out.tar"), "old");
    const { run, result } = await build(
      { image: "i", pull: false, export_path: "out.tar" },
      engine("export", "the engine broke off"),
    );
    await rejectsWith(result, { code: "docker/export", message: /the engine broke off/ });
    await run.finish();
    assert.equal(readFileSync(join(folder, "out.tar"), "utf8"), "old");
    assert.deepEqual(leftIn(folder), ["out.tar"]);
  });

  test("a discarded container gives an artifact without a file's name, as Packer's", async () => {
    const artifact = await (await build({ image: "i", discard: true, pull: false })).result;
    assert.deepEqual(
      [artifact?.builderId, artifact?.id, artifact?.files, artifact?.describe()],
      ["packer.docker", "Container", [""], "Exported Docker file: "],
    );
    await artifact?.destroy();
  });

  test("every failing step says what failed and in docker's words, and nothing stays", async () => {
    const cases = [
      ["pull", "docker/pull", { commit: true }],
      ["login", "docker/login", { commit: true, login: true, login_password: "p" }],
      ["run", "docker/run", { commit: true, pull: false }],
      ["commit", "docker/commit", { commit: true, pull: false }],
    ] as const;
    for (const [failing, code, options] of cases) {
      const { run, result } = await build({ image: "i", ...options }, engine(failing, "this is why"));
      await rejectsWith(result, { code, message: /this is why/ });
      await run.finish();
      assert.deepEqual(leftIn(folder), [], failing);
    }
  });

  test("a Dockerfile that cannot be built is named, in docker's words", async () => {
    writeFileSync(join(folder, "Broken"), "FROM x");
    const options = { build: { path: "Broken" }, discard: true };
    const { result } = await build(options, engine("build", "this is why"));
    await rejectsWith(result, { code: "docker/build", message: /the image of Broken[\s\S]*this is why/ });
  });

  test("a registry that cannot be reached to log in to is no matter of the password", async () => {
    const refused =
      'Error response from daemon: Get "https://r.test/v2/": dial tcp 10.0.0.9:443: connect: connection refused';
    const login = { login: true, login_server: "r.test", login_username: "u", login_password: "p" };
    const { run, result } = await build({ image: "i", commit: true, ...login }, engine("login", refused));
    const thrown = await rejectsWith(result, { code: "docker/login", failure: "network", message: /r\.test/ });
    assert.match(thrown.diagnostics[0]?.hint ?? "", /cannot be reached/);
    assert.doesNotMatch(thrown.diagnostics[0]?.hint ?? "", /login_password/);
    await run.finish();
  });

  test("an engine that does not answer is told from a command that failed", async () => {
    const program: FakeProgram = () => ({ code: 1, stderr: "Cannot connect to the Docker daemon" });
    const { result } = await build({ image: "i", commit: true }, program);
    await rejectsWith(result, { code: "docker/unreachable", message: /Cannot connect/ });
  });

  test("the shared folder lies in PACKER_TMP_DIR, else where Packer keeps its configuration", async () => {
    for (const [env, at] of [
      [{ PACKER_TMP_DIR: join(folder, "t") }, "t/tmp"],
      [{ PACKER_TMP_DIR: "", PACKER_CONFIG_DIR: join(folder, "c") }, "c/.packer.d/tmp"],
      [{ PACKER_TMP_DIR: "", XDG_CONFIG_HOME: join(folder, "x") }, "x/packer/tmp"],
      [{ PACKER_TMP_DIR: "" }, ".config/packer/tmp"],
    ] as const) {
      const { run, result } = await build({ image: "i", discard: true, pull: false }, engine(), { env });
      await result;
      const path = containerOf(run)?.hostDir ?? "";
      assert.ok(path.startsWith(join(folder, at)), path);
      assert.ok(existsSync(path));
      await run.finish();
      assert.equal(existsSync(path), false);
    }
  });

  test("the template is told what is missing, what excludes what, and what is not there", async () => {
    const problems = async (given: Readonly<Record<string, unknown>>): Promise<readonly string[]> =>
      (await prepareOptions(docker, given)).problems;
    assert.deepEqual(await problems({ commit: true }), [
      ": missing 'image' attribute or 'build' section, either needs to be specified for a build to run.",
    ]);
    const none = ": No instructions given for handling the artifact; expected commit, discard, or export_path";
    assert.deepEqual(await problems({ image: "i" }), [none]);
    assert.deepEqual(await problems({ image: "i", commit: false }), [none]);
    const many = ": Cannot specify more than one of commit, discard, and export_path";
    assert.deepEqual(await problems({ image: "i", commit: true, discard: true }), [many]);
    const folderGiven = "export_path: export_path must be a file, not a directory";
    assert.deepEqual(await problems({ image: "i", commit: true, export_path: tmpdir() }), [many, folderGiven]);
    const server = "ecr_login: ECR login requires login server to be provided.";
    assert.deepEqual(await problems({ image: "i", commit: true, ecr_login: true }), [server]);
    assert.match(
      (await problems({ commit: true, build: { path: "/no/Dockerfile" } })).join(),
      /^build.path: The Dockerfile \/no\/Dockerfile is not there/,
    );
    assert.match(
      (await problems({ commit: true, image: "i", build: { path: "/etc/passwd" } })).join(),
      /option\/conflict|cannot be/i,
    );
    assert.deepEqual(await problems({ image: "i", commit: true }), []);
  });
});

/** What lies in a folder. */
/** What the communicator was told of the container. */
function containerOf(run: FakeBuildRun): ReturnType<typeof readContainer> {
  return readContainer(run.targets[0] ?? {});
}

function leftIn(folder: string): readonly string[] {
  return readdirSync(folder).sort();
}
