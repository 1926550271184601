// A hang-up in each phase of a build, on the command line and in the action, with containers and machines: nothing is left.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { needs } from "../needs.ts";
import { packerTs } from "../packer-ts.ts";
import { BASE_IMAGE, baseImage } from "../servers/docker-fixture.ts";
import { type FakeRunner, fakeRunner, processesWith } from "./action-runner.ts";
import { LANGUAGES, type Language, type Template, writeTemplate } from "./three-languages.ts";

interface Phase {
  readonly name: "creating" | "connecting" | "provisioning" | "post-processing";
  /** Said as soon as the phase is reached. */
  readonly said: string;
  readonly template: Template;
}

const sleeps = { type: "shell-local", inline: ["echo now it sleeps", "sleep 600"] };

const container = { type: "docker", name: "m", image: BASE_IMAGE, pull: false };
const dockerPhases: readonly Phase[] = [
  { name: "creating", said: "Starting docker container", template: { builders: [{ ...container, discard: true }] } },
  {
    name: "connecting",
    said: "communicator to connect",
    template: {
      builders: [
        {
          ...{ ...container, discard: true, communicator: "ssh", ssh_host: "127.0.0.1", ssh_port: 9 },
          ...{ ssh_username: "u", ssh_password: "a long password" },
        },
      ],
    },
  },
  {
    name: "provisioning",
    said: "now it sleeps",
    template: {
      builders: [{ ...container, discard: true }],
      provisioners: [{ type: "shell", inline: sleeps.inline }],
    },
  },
  {
    name: "post-processing",
    said: "now it sleeps",
    template: { builders: [{ ...container, export_path: "image.tar" }], "post-processors": [sleeps] },
  },
];

const machine = {
  ...{ type: "qemu", name: "m", iso_url: "some.iso", iso_checksum: "none", disk_size: "10M", memory: 64 },
  ...{ accelerator: "tcg", headless: true, output_directory: "made", vm_name: "small" },
};
const qemuPhases: readonly Phase[] = [
  {
    name: "creating",
    said: "Starting VM",
    template: { builders: [{ ...machine, communicator: "none", boot_wait: "1s" }] },
  },
  {
    name: "connecting",
    said: "Waiting for SSH",
    template: {
      builders: [{ ...machine, boot_wait: "-1s", ssh_username: "u", ssh_password: "a long password" }],
    },
  },
  {
    name: "provisioning",
    said: "now it sleeps",
    template: { builders: [{ ...machine, communicator: "none", boot_wait: "-1s" }], provisioners: [sleeps] },
  },
  {
    name: "post-processing",
    said: "now it sleeps",
    template: {
      builders: [{ ...machine, qemu_binary: "true", communicator: "none", boot_wait: "-1s", disable_vnc: true }],
      "post-processors": [sleeps],
    },
  },
];

/** Which phase is in which language turns round on the command line; the action has each phase in each. */
function languageFor(index: number): Language {
  return LANGUAGES[index % LANGUAGES.length] as Language;
}

function containersOf({ home }: FakeRunner): string[] {
  const ids = spawnSync("docker", ["ps", "-aq", "--no-trunc"], { encoding: "utf8" }).stdout?.split("\n") ?? [];
  return ids.filter(
    (id) => id !== "" && spawnSync("docker", ["inspect", id], { encoding: "utf8" }).stdout.includes(home),
  );
}

/** What is still there of a build: programs, containers and files. */
function remains(runner: FakeRunner): string[] {
  const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
  const kept =
    /^packer-(artifacts|manifest|result)-|^packer-ts-journal-|^(some\.iso|t\.(json|yaml|pkr\.hcl)|packer_cache)$/;
  return [
    ...processesWith(runner.temp).map(({ command }) => command),
    ...containersOf(runner),
    ...list(runner.temp).filter((name) => !kept.test(name)),
    ...list(join(runner.temp, `packer-ts-journal-${process.getuid?.() ?? 0}`)),
    ...list(join(runner.home, ".config/packer")),
    ...list(runner.workspace).filter((name) => !kept.test(name)),
  ];
}

async function assertNothingLeft(runner: FakeRunner, what: string): Promise<void> {
  for (let tries = 0; tries < 100 && remains(runner).length > 0; tries++) {
    await wait(50);
  }
  assert.deepEqual(remains(runner), [], what);
}

async function hangUpCommandLine(t: TestContext, { said, template }: Phase, language: Language): Promise<void> {
  const runner = fakeRunner(t);
  runner.file("some.iso", "no system");
  const file = writeTemplate(runner, language, template);
  let heard = "";
  const { code, stdout, stderr } = await packerTs(["build", "-color=false", file], {
    cwd: runner.workspace,
    env: { HOME: runner.home, TMPDIR: runner.temp, XDG_CONFIG_HOME: undefined, PACKER_LOG: undefined },
    started: (child) =>
      void child.stdout?.on("data", (chunk: Buffer) => {
        const before = heard.includes(said);
        heard += chunk;
        if (!before && heard.includes(said)) {
          child.kill("SIGHUP");
        }
      }),
  });
  const what = `${language.name}:\n${stdout}${stderr}`;
  assert.equal(code, 1, what);
  assert.match(stdout, /Cleanly cancelled builds after being interrupted\.\n$/, what);
  assert.doesNotMatch(stdout + stderr, /This is a bug|fault of the/, what);
  await assertNothingLeft(runner, what);
}

async function hangUpAction(t: TestContext, { said, template }: Phase, language: Language): Promise<void> {
  const runner = fakeRunner(t);
  runner.file("some.iso", "no system");
  const step = runner.start({ template: writeTemplate(runner, language, template) });
  await step.says(said);
  step.child.kill("SIGHUP");
  const main = await step.ended;
  const what = `${language.name}:\n${main.stdout}${main.stderr}`;
  assert.deepEqual([main.code, main.outputs["outcome"]], [1, "cancelled"], what);
  assert.match(main.stdout, /Cancelling after SIGHUP/, what);
  assert.doesNotMatch(main.stdout, /There is no more time|fault of the/, what);
  await assertNothingLeft(runner, what);
  const post = await runner.post(main);
  assert.equal(post.code, 0, post.stdout);
}

describe("e2e/hang-up", () => {
  for (const [index, phase] of dockerPhases.entries()) {
    it(`leaves nothing of a container, ${phase.name}`, async (t) => {
      if (baseImage(t) !== undefined) {
        await hangUpCommandLine(t, phase, languageFor(index));
        await Promise.all(LANGUAGES.map((language) => hangUpAction(t, phase, language)));
      }
    });
  }

  for (const [index, phase] of qemuPhases.entries()) {
    it(`leaves nothing of a machine, ${phase.name}`, async (t) => {
      if (needs(t, "qemu-system-x86_64", "qemu-img")) {
        await hangUpCommandLine(t, phase, languageFor(index));
        await Promise.all(LANGUAGES.map((language) => hangUpAction(t, phase, language)));
      }
    });
  }
});
