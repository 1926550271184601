// Folders of a container that are kept in memory: what is put there is seen inside, and never in the image.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { folderWith, packerTs } from "../packer-ts.ts";
import { baseImage, docker } from "../servers/docker-fixture.ts";

const MOUNTED = { tmpfs: ["/tmp", "/run/keys"] };
const RUN_COMMAND = [
  "-d",
  "-i",
  "-t",
  "--mount",
  "type=tmpfs,destination=/run/keys",
  "--entrypoint=/bin/sh",
  "--",
  "{{.Image}}",
];

function template(image: string, more: object): string {
  return JSON.stringify({
    builders: [{ type: "docker", image, pull: false, commit: true, ...more }],
    provisioners: [
      { type: "file", source: "token.txt", destination: "/run/keys/token.txt" },
      { type: "file", source: "more", destination: "/run/keys" },
      { type: "shell", inline: ["cat /run/keys/token.txt /run/keys/more/inner.txt", "echo made > /made"] },
      { type: "file", direction: "download", source: "/run/keys/more/inner.txt", destination: "back.txt" },
      { type: "shell-local", inline: ["cat back.txt"] },
    ],
  });
}

function imageOf(t: TestContext, stdout: string): string {
  const image = /Imported Docker image: (sha256:[0-9a-f]+)/.exec(stdout)?.[1] ?? assert.fail(stdout);
  t.after(() => void docker(["rmi", "-f", image]));
  return image;
}

describe("e2e/docker memory", () => {
  for (const [name, more] of [
    ["the option tmpfs", MOUNTED],
    ["a mount of run_command", { run_command: RUN_COMMAND }],
  ] as const) {
    it(`scripts run, files are seen and fetched, and none of them is in the image, with ${name}`, async (t) => {
      const image = baseImage(t);
      if (image === undefined) {
        return;
      }
      const files = {
        "t.json": template(image, more),
        "token.txt": "first-token\n",
        "more/inner.txt": "second-token\n",
      };
      const cwd = folderWith(t, files);
      const { code, stdout } = await packerTs(["build", "t.json"], { cwd });
      assert.equal(code, 0, stdout);
      assert.equal(stdout.match(/docker: first-token\n/g)?.length, 1, stdout);
      assert.equal(stdout.match(/docker: second-token\n/g)?.length, 2, stdout);
      const made = imageOf(t, stdout);
      const list = "cat /made; ls -A /tmp; find /run/keys ! -type d";
      assert.equal(docker(["run", "--rm", "--network=none", "--entrypoint=/bin/sh", made, "-c", list]), "made");
    });
  }
});
