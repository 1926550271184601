// Every example is valid and does what it says, on real machines.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as builders from "../../src/builder/registry.ts";
import * as postProcessors from "../../src/post-processor/registry.ts";
import * as provisioners from "../../src/provisioner/registry.ts";
import { type Ended, packerTs, projectRoot } from "../packer-ts.ts";
import {
  BASE_IMAGE,
  baseImage,
  docker,
  REGISTRY_PASSWORD,
  REGISTRY_USER,
  removeImageAfter,
  startRegistry,
} from "../servers/docker-fixture.ts";
import { startSshd } from "../servers/sshd.ts";
import { PASSWORD, vmInstaller } from "../servers/vm-installer.ts";
import { startWinrmServer } from "../servers/winrm-server.ts";

interface Built extends Ended {
  /** What the example made, as text. */
  file(path: string): string;
}

interface Example {
  /** Flags for this machine; `undefined` when it lacks something and the test was skipped. */
  flags?(t: TestContext): Promise<readonly string[] | undefined>;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly template?: string | undefined;
  check(built: Built): void;
}

const onSsh = async (t: TestContext): Promise<readonly string[] | undefined> => {
  const sshd = await startSshd(t, { config: [`SetEnv HOME=${scratch(t)}`] });
  if (sshd === undefined) {
    return undefined;
  }
  return [`host=${sshd.host}`, `port=${sshd.port}`, `user=${sshd.user}`, `key=${sshd.keyFile}`].flatMap((one) => [
    "-var",
    one,
  ]);
};

/** A stand-in for Windows that goes away when it is told to restart, and comes back on the same port. */
const onWindows = async (t: TestContext): Promise<readonly string[]> => {
  let server = await startWinrmServer({ allowUnencrypted: false });
  const { port } = server;
  t.after(() => server.close());
  server.machine.program(/^shutdown \/r \/f \/t 0/, () => {
    void sleep(100)
      .then(() => server.close())
      .then(async () => {
        server = await startWinrmServer({ allowUnencrypted: false, port });
      });
    return 0;
  });
  server.machine.program(/^shutdown \/r \/f \/t 60/, () => 1115);
  return ["host=127.0.0.1", `port=${port}`, "password=vagrant"].flatMap((one) => ["-var", one]);
};

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "examples-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** On the engine's own image, under a name that goes away with the test. */
const onDocker =
  (name: string, ...tags: readonly string[]) =>
  async (t: TestContext): Promise<readonly string[] | undefined> => {
    if (baseImage(t) === undefined) {
      return undefined;
    }
    removeImageAfter(t, ...tags.map((tag) => `${name}:${tag}`));
    return ["-var", `image=${BASE_IMAGE}`, "-var", `name=${name}`];
  };

const examples: Readonly<Record<string, Example>> = {
  archive: {
    check(built) {
      assert.match(built.file("output-archive/file.sha256"), /^[0-9a-f]{64}\tgreeting\.tar\.gz\n/);
      const manifest = JSON.parse(built.file("output-archive/manifest.json")) as { builds: { custom_data: unknown }[] };
      assert.deepEqual(manifest.builds[0]?.custom_data, { purpose: "example" });
      assert.match(
        built.file("output-archive/texts.zip"),
        /date\.txt[\s\S]*greeting\.txt|greeting\.txt[\s\S]*date\.txt/,
      );
    },
  },
  breakpoint: { check: ({ stdout }) => assert.match(stdout, /null: going on/) },
  docker: {
    flags: onDocker("packer-ts-example/site", "1", "latest"),
    check(built) {
      const shown = docker(["run", "--rm", "--entrypoint=cat", "packer-ts-example/site:1", "index.html", "about.txt"]);
      assert.equal(shown, "<h1>It works</h1>\nbuilt as docker");
      assert.match(built.file("output-docker/site.tar"), /manifest\.json/);
    },
  },
  "docker-export": {
    flags: onDocker("packer-ts-example/flat", "1"),
    check: () => assert.equal(docker(["run", "--rm", "packer-ts-example/flat:1"]), "hello"),
  },
  "docker-push": {
    async flags(t) {
      if (baseImage(t) === undefined) {
        return undefined;
      }
      const registry = await startRegistry(t, { login: true });
      if (registry === undefined) {
        return undefined;
      }
      removeImageAfter(t, `${registry.server}/packer-ts-example/pushed:1`);
      return [`image=${BASE_IMAGE}`, `registry=${registry.server}`, `user=${REGISTRY_USER}`].flatMap((one) => [
        "-var",
        one,
      ]);
    },
    env: { REGISTRY_PASSWORD },
    check({ stdout }) {
      assert.match(stdout, /docker-push\): Pushing: 127\.0\.0\.1:\d+\/packer-ts-example\/pushed:1/);
      assert.doesNotMatch(stdout, new RegExp(REGISTRY_PASSWORD));
    },
  },
  file: { flags: onSsh, check: (built) => assert.match(built.file("output-file/made.html"), /Linux/) },
  "file-builder": {
    check: (built) => assert.equal(built.file("output-file-builder/greeting.txt"), "hello from file\n"),
  },
  hcl2: {
    template: "template.pkr.hcl",
    check(built) {
      assert.equal(built.file("examples/hcl2/output-hcl2-german.txt"), "Hallo, world!\n");
      assert.match(built.file("examples/hcl2/output-hcl2-english.sha256"), /^[0-9a-f]{64}\t/);
    },
  },
  matrix: {
    template: "template.pkr.hcl",
    check: (built) => assert.equal(built.file("output-matrix-note.txt"), "Hello, reader!\n"),
  },
  "null-builder": { check: ({ stdout }) => assert.match(stdout, /null: null is a null build/) },
  "pull-request": {
    template: "template.pkr.hcl",
    check: (built) => assert.equal(built.file("output-pull-request.txt"), "Hello, world!\n"),
  },
  qemu: {
    template: "template.pkr.hcl",
    async flags(t) {
      const vm = vmInstaller(t);
      if (vm === undefined) {
        return undefined;
      }
      const own = [
        `image=${vm.disk}`,
        `checksum=sha256:${vm.diskSha256}`,
        `accelerator=${vm.accelerator}`,
        "user=root",
        `password=${PASSWORD}`,
      ];
      return own.flatMap((one) => ["-var", one]);
    },
    check(built) {
      assert.match(built.stdout, /qemu\.web: <h1>It works<\/h1>/);
      assert.match(built.file("output-qemu/web.sha256"), /^[0-9a-f]{64}\tweb\.qcow2\n$/);
      assert.equal(built.file("output-qemu/web.qcow2").slice(0, 4), "QFI\xfb");
    },
  },
  quickstart: {
    async flags(t) {
      const own = await onSsh(t);
      if (own === undefined) {
        return undefined;
      }
      return [
        "-only=embedded",
        "-var",
        "ssh_password=",
        ...own.flatMap((word) => (word.includes("=") && !word.startsWith("host=") ? ["-var", `ssh_${word}`] : [])),
      ];
    },
    check: (built) => assert.match(built.file("output-quickstart.json"), /"name": "embedded"/),
  },
  "several-builds": {
    check(built) {
      assert.match(built.stdout, /small: work of all in small/);
      assert.match(built.stdout, /large: much work in large/);
      assert.match(built.stdout, /nothing: went well/);
      assert.doesNotMatch(built.stdout, /tidying up/);
      assert.doesNotMatch(built.file("output-several-builds/manifest.json"), /nothing/);
    },
  },
  shell: {
    flags: onSsh,
    check({ stdout }) {
      assert.match(stdout, /hello from Linux/);
      assert.match(stdout, /it's me/);
    },
  },
  "shell-local": { check: ({ stdout }) => assert.match(stdout, /file: hello from file/) },
  "skip-unchanged": {
    template: "template.pkr.hcl",
    async flags(t) {
      if (baseImage(t) === undefined) {
        return undefined;
      }
      const registry = await startRegistry(t);
      if (registry === undefined) {
        return undefined;
      }
      const [image, name] = [`${registry.server}/base:1`, `${registry.server}/page`];
      docker(["tag", BASE_IMAGE, image]);
      docker(["push", image]);
      removeImageAfter(t, image, `${name}:1`);
      return [`image=${image}`, `name=${name}`].flatMap((one) => ["-var", one]);
    },
    check: ({ stdout }) => assert.match(stdout, /docker-push\): Pushing: /),
  },
  sleep: { check: ({ stdout }) => assert.match(stdout, /Build 'null' finished/) },
  variables: {
    flags: async () => [
      "-var-file=examples/variables/values.json",
      "-var-file=examples/variables/values.yaml",
      "-var",
      "name=you",
    ],
    env: { PUNCTUATION: "!" },
    check({ stdout }) {
      assert.match(stdout, /greet-you: GOOD EVENING, YOU!/);
      assert.match(stdout, /the token is <sensitive>/);
    },
  },
  windows: {
    flags: onWindows,
    check({ stdout }) {
      assert.match(stdout, /null: hello from PowerShell/);
      assert.match(stdout, /null: hello from cmd/);
      assert.match(stdout, /null: WINBOX restarted\./);
      assert.match(stdout, /null: elevated, after the restart/);
    },
  },
  yaml: {
    template: "template.yaml",
    check: (built) => assert.equal(built.file("output-yaml/greeting.txt"), "hello\n"),
  },
};

/** A folder that looks like the project, so that nothing an example makes stays in the project. */
function checkout(t: TestContext): string {
  const cwd = scratch(t);
  cpSync(join(projectRoot, "examples"), join(cwd, "examples"), { recursive: true });
  for (const name of ["home", "tmp"]) {
    mkdirSync(join(cwd, name));
  }
  return cwd;
}

describe("e2e/examples", { concurrency: 2 }, () => {
  it("all have a test here", () => {
    const folders = readdirSync(join(projectRoot, "examples")).filter((name) => name !== "workflows");
    assert.deepEqual(Object.keys(examples).sort(), folders.sort());
  });

  it("show every builder, provisioner and post-processor", () => {
    const texts = Object.keys(examples).map((name) =>
      readFileSync(join(projectRoot, "examples", name, examples[name]?.template ?? "template.json"), "utf8"),
    );
    const types = [builders, provisioners, postProcessors].flatMap((registry) =>
      Object.values(registry).map(({ type }) => type),
    );
    const missing = types.filter(
      (type) =>
        !texts.some((text) =>
          new RegExp(`\\btype"?: "?${type}"?\\s|^source "${type}" "`, "m").test(text.replaceAll(/[,}]/g, " ")),
        ),
    );
    assert.deepEqual(missing, []);
  });

  for (const [name, example] of Object.entries(examples)) {
    it(`${name} is valid and builds`, async (t) => {
      const flags = example.flags === undefined ? [] : await example.flags(t);
      if (flags === undefined) {
        return;
      }
      const cwd = checkout(t);
      const given = { cwd, env: { HOME: join(cwd, "home"), TMPDIR: join(cwd, "tmp"), ...example.env } };
      const template = `examples/${name}/${example.template ?? "template.json"}`;
      const valid = await packerTs(["validate", ...flags.filter((flag) => !flag.startsWith("-only")), template], given);
      assert.equal(valid.stdout, "The configuration is valid.\n");
      const ended = await packerTs(["build", "-color=false", ...flags, template], given);
      assert.equal(ended.code, 0, ended.stdout);
      assert.equal(ended.stderr, "");
      example.check({ ...ended, file: (path) => readFileSync(join(cwd, path), "latin1") });
      // Nothing temporary stays.
      for (const folder of readdirSync(join(cwd, "tmp"))) {
        assert.deepEqual(readdirSync(join(cwd, "tmp", folder)), []);
      }
      if (existsSync(join(cwd, "home/.packer.d"))) {
        assert.deepEqual(readdirSync(join(cwd, "home/.packer.d")), []);
      }
    });
  }

  it("several-builds tidies up when it fails", async (t) => {
    const { code, stdout } = await packerTs(["build", "-var", "fail=true", "examples/several-builds/template.json"], {
      cwd: checkout(t),
    });
    assert.equal(code, 1);
    assert.equal(stdout.match(/: tidying up after a failure/g)?.length, 2);
    assert.match(stdout, /--> small: Stored file/);
  });
});
