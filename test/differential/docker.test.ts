// The same docker templates through Debian's packer and through this program: words, images, files and owners.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { BASE_IMAGE, baseImage, docker, removeImageAfter } from "../servers/docker-fixture.ts";
import { assertAlike, type Deliberate } from "./alike.ts";
import { type Pair, type Place, sideBySide } from "./side-by-side.ts";

const repository = (place: Pick<Place, "program">): string => `packer-ts-test/diff-${process.pid}-${place.program}`;

/** Each program names its images after itself. */
const ownNames: Deliberate = {
  why: "both sides run on one engine",
  output: (packer) => packer.replaceAll(repository({ program: "packer" }), repository({ program: "ours" })),
};

async function run(t: TestContext, template: object, args: readonly string[] = []): Promise<Pair | undefined> {
  if (baseImage(t) === undefined) {
    return undefined;
  }
  removeImageAfter(t, ...(["packer", "ours"] as const).map((program) => `${repository({ program })}:1`));
  return sideBySide(t, {
    files: {
      "t.json": { variables: { repository: "" }, ...template },
      "up/file": "content\n",
      "up/sub/deep": "deep\n",
    },
    args: (place) => ["build", "-color=false", "-var", `repository=${repository(place)}`, ...args, "t.json"],
    // What packer keeps of a file's date and mode must be the same on both sides.
    prepare: ({ folder }) =>
      void spawnSync("sh", ["-c", "chmod 751 up/file && find up -exec touch -h -d 2020-01-02T03:04:05Z {} +"], {
        cwd: folder,
      }),
  });
}

describe("differential/docker", () => {
  test("a committed image has the same words, settings, files, modes, dates and owners", async (t) => {
    const pair = await run(t, {
      builders: [
        {
          ...{ type: "docker", image: BASE_IMAGE, pull: false, commit: true, author: "Me", message: "why" },
          changes: ["ENV A=b", "USER app", "LABEL x=y", "EXPOSE 80", "WORKDIR /tmp"],
          run_command: ["-d", "-i", "-t", "-u", "42", "--entrypoint=/bin/sh", "--", "{{.Image}}"],
        },
      ],
      provisioners: [
        {
          type: "shell",
          inline: ["id -u", "echo made > /tmp/made", "sleep 0.5", "echo warn >&2", "sleep 0.5"],
          environment_vars: ["A=it's"],
        },
        { type: "file", source: "up/file", destination: "/tmp/one" },
        { type: "file", source: "up/file", destination: "/tmp/" },
        { type: "file", source: "up", destination: "/tmp/new" },
        { type: "file", source: "up/", destination: "/tmp/content" },
        { type: "file", source: "up", destination: "/tmp" },
        { type: "file", direction: "download", source: "/tmp/one", destination: "down" },
      ],
      "post-processors": [[{ type: "docker-tag", repository: "{{user `repository`}}", tag: "1" }, "manifest"]],
    });
    if (pair === undefined) {
      return;
    }
    assertAlike(pair, ownNames, {
      why: "holds the names of images, and other identifiers",
      files: ["case/packer-manifest.json"],
    });
    assert.deepEqual(settings(pair.ours.place), settings(pair.packer.place));
    assert.deepEqual(files(pair.ours.place), files(pair.packer.place));
  });

  test("an export, its import and its file are the same", async (t) => {
    const pair = await run(
      t,
      {
        builders: [
          { type: "docker", image: BASE_IMAGE, pull: false, export_path: "out/fs.tar", volumes: { "/tmp": "/host" } },
        ],
        provisioners: [{ type: "shell", inline: ["echo x > /made", "chown app /made"] }],
        "post-processors": [
          [
            {
              type: "docker-import",
              repository: "{{user `repository`}}",
              tag: "1",
              changes: ["ENV PATH=/bin"],
              keep_input_artifact: true,
            },
            { type: "docker-save", path: "saved.tar" },
          ],
        ],
      },
      ["-machine-readable"],
    );
    if (pair === undefined) {
      return;
    }
    assert.equal(pair.ours.code, 0, pair.ours.output);
    assert.equal(pair.packer.code, 0, pair.packer.output);
    assert.deepEqual(machineLines(pair.ours.output), machineLines(ownNames.output?.(pair.packer.output) ?? ""));
    const listed = ({ folder }: Place): string =>
      spawnSync("tar", ["--numeric-owner", "-tvf", join(folder, "out/fs.tar")], { encoding: "utf8" }).stdout.replaceAll(
        /\d{4}-\d\d-\d\d \d\d:\d\d/g,
        "DATE",
      );
    assert.equal(listed(pair.ours.place), listed(pair.packer.place));
    assert.deepEqual(files(pair.ours.place), files(pair.packer.place));
  });

  test("a script that fails ends both the same way, and neither leaves a container", async (t) => {
    const pair = await run(t, {
      builders: [{ type: "docker", image: BASE_IMAGE, pull: false, discard: true }],
      provisioners: [{ type: "shell", inline: ["echo before", "exit 3"] }],
    });
    if (pair === undefined) {
      return;
    }
    assertAlike(pair, ownNames);
  });

  test("a discarded container leaves the same artifact in machine-readable lines", async (t) => {
    const template = { builders: [{ type: "docker", image: BASE_IMAGE, pull: false, discard: true }] };
    const pair = await run(t, template, ["-machine-readable"]);
    if (pair === undefined) {
      return;
    }
    assert.deepEqual(machineLines(pair.ours.output), machineLines(pair.packer.output));
  });
});

/** Lines about artifacts; what is said in between has its own tests. */
function machineLines(output: string): readonly string[] {
  return output.split("\n").filter((line) => /,artifact(-count)?,/.test(line));
}

/** What the image says about itself, without its identity. */
function settings(place: Place): unknown {
  const [facts] = JSON.parse(docker(["image", "inspect", `${repository(place)}:1`]));
  const { Author, Comment, Architecture, Os } = facts;
  const { Hostname: _, ...Config } = facts.Config;
  return { Author, Comment, Architecture, Os, Config, Layers: facts.RootFS.Layers.length };
}

/** Every file that was added, with mode, owner, date and content. */
function files(place: Place): readonly string[] {
  const command =
    "for f in $(find /tmp /made /packer-files 2>/dev/null | sort); do stat -c '%n %F %a %u:%g' $f; " +
    "case $f in */made) cat $f;; *) test -f $f && stat -c %Y $f && cat $f;; esac; done; true";
  return docker(["run", "--rm", "-u", "root", "--entrypoint=/bin/sh", `${repository(place)}:1`, "-c", command]).split(
    "\n",
  );
}
