// A machine's disk, built by the workflow of the example under act: downloaded once, kept in the cache, provisioned, uploaded.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { parse, stringify } from "yaml";
import { needs } from "../needs.ts";
import { projectRoot } from "../packer-ts.ts";
import { actArtifacts } from "../servers/act-artifact-server.ts";
import { downloadServer } from "../servers/download-server.ts";
import { PASSWORD, type VmInstaller, vmInstaller } from "../servers/vm-installer.ts";
import { act, push, repository } from "./act-repository.ts";
import { processesWith } from "./action-runner.ts";
import { LANGUAGES, type Language, type Template } from "./three-languages.ts";

interface Step {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly uses?: string | undefined;
  readonly with?: Readonly<Record<string, unknown>> | undefined;
  readonly run?: string | undefined;
}

type Disk = Pick<VmInstaller, "diskSha256" | "accelerator">;

const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");

const PATH = "examples/qemu/template.pkr.hcl";

/** What the template of the example says, without what cloud-init alone would read. */
const WEB: Template = {
  variables: { image: null, checksum: null, accelerator: null, user: null, password: null },
  "sensitive-variables": ["password"],
  builders: [
    {
      ...{ type: "qemu", name: "web", iso_url: "{{user `image`}}", iso_checksum: "{{user `checksum`}}" },
      ...{ disk_image: true, disk_size: "4G", accelerator: "{{user `accelerator`}}", memory: 512, headless: true },
      ...{ boot_wait: "-1s", ssh_username: "{{user `user`}}", ssh_password: "{{user `password`}}", ssh_timeout: "10m" },
      ...{
        shutdown_command: "poweroff",
        output_directory: "output-qemu",
        vm_name: "web.qcow2",
        disk_compression: true,
      },
    },
  ],
  provisioners: [
    { type: "file", content: "<h1>It works</h1>\n", destination: "/tmp/index.html" },
    { type: "shell", inline: ["uname -s", "cat /tmp/index.html", "sync"] },
  ],
};

/** The example itself is in HCL2. */
function writtenIn(language: Language): { readonly path: string; readonly text: string } {
  return language.name === "HCL2"
    ? { path: PATH, text: read(PATH) }
    : { path: `examples/qemu/${language.file("template")}`, text: language.print(WEB) };
}

/** The steps of the example, on a machine that has QEMU already, with the small system instead of the published one. */
function steps(vm: Disk, url: string, template: string): readonly Step[] {
  const vars = {
    image: url,
    checksum: `sha256:${vm.diskSha256}`,
    accelerator: vm.accelerator,
    user: "root",
    password: PASSWORD,
  };
  const { jobs } = parse(read("examples/qemu/workflow.yml")) as { jobs: { image: { steps: Step[] } } };
  return jobs.image.steps
    .filter(({ name }) => !name?.startsWith("Install QEMU"))
    .map((step) =>
      step.uses?.startsWith("org/")
        ? { ...step, uses: "./", with: { ...step.with, template, vars: stringify(vars) } }
        : step,
    );
}

/** One build, and another one on a machine whose disk has nothing of the first. */
function workflow(vm: VmInstaller, url: string, template: string): string {
  const [checkout, build, show] = steps(vm, url, template);
  const elsewhere = { ...build, id: "again", env: { PACKER_CACHE_DIR: "${{ runner.temp }}/elsewhere" } };
  const again = { ...elsewhere, with: { ...build?.with, force: true, "upload-artifacts": false } };
  return stringify({
    on: "push",
    jobs: { image: { "runs-on": "ubuntu-latest", steps: [checkout, build, show, again] } },
  });
}

/** The same template checked, and a build of it that ends before a machine is started: the checksum is that of another disk. */
function shortWorkflow(url: string, template: string): string {
  const [checkout, build] = steps({ diskSha256: "0".repeat(64), accelerator: "tcg" }, url, template);
  const validate = { uses: "./", with: { command: "validate", template, vars: build?.with?.["vars"] } };
  const failing = { ...build, "continue-on-error": true, with: { ...build?.with, "upload-artifacts": false } };
  const told = { run: 'echo "ended with $OUTCOME"', env: { OUTCOME: `\${{ steps.${build?.id}.outcome }}` } };
  return stringify({
    on: "push",
    jobs: { image: { "runs-on": "ubuntu-latest", steps: [checkout, validate, failing, told] } },
  });
}

describe("action/act qemu", () => {
  it("builds a disk from one download in two runs, and uploads it (HCL2)", { timeout: 600_000 }, async (t) => {
    const vm = needs(t, act, "git", "unzip", "jq") ? vmInstaller(t) : undefined;
    if (vm === undefined) {
      return;
    }
    const server = await downloadServer(t, readFileSync(vm.disk));
    const repo = repository(t, {
      [PATH]: read(PATH),
      ".github/workflows/w.yml": workflow(vm, `${server.url}/small.qcow2`, PATH),
    });
    const { args, folder } = await actArtifacts(t, dirname(repo));
    const { code, log } = await push(repo, args);
    assert.equal(code, 0, log);
    assert.equal(log.match(/<h1>It works<\/h1>/g)?.length, 2, log);
    assert.deepEqual(
      server.asked.map(({ method }) => method).filter((method) => method === "GET"),
      ["GET"],
    );
    const [zip = ""] = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".zip"),
    );
    const disk = execFileSync("unzip", ["-p", join(folder, zip), "web.qcow2"], { maxBuffer: 2 ** 28 });
    const sha256 = createHash("sha256").update(disk).digest("hex");
    assert.ok(log.includes(`web.qcow2 ${sha256}`), log);
    assert.deepEqual(await processesWith(repo), []);
  });

  // A machine takes minutes, and what it does is the same whatever language asked for it.
  for (const language of LANGUAGES) {
    it(`checks the template, and starts no machine from a disk that is another (${language.name})`, {
      timeout: 300_000,
    }, async (t) => {
      if (!needs(t, act, "git", "qemu-system-x86_64", "qemu-img")) {
        return;
      }
      const server = await downloadServer(t, Buffer.from("another disk"));
      const { path, text } = writtenIn(language);
      const repo = repository(t, {
        [path]: text,
        ".github/workflows/w.yml": shortWorkflow(`${server.url}/small.qcow2`, path),
      });
      const { code, log } = await push(repo);
      assert.equal(code, 0, log);
      assert.match(log, /The configuration is valid/);
      assert.match(log, /checksum/);
      assert.match(log, /ended with failure/);
      assert.doesNotMatch(log, /It works/);
      assert.deepEqual(await processesWith(repo), []);
    });
  }
});
