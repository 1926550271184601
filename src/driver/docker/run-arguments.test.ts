// Which arguments of `docker run` are understood, and which are left to the program.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseRun } from "./run-arguments.ts";

describe("driver/docker: arguments of docker run", () => {
  test("what the docker builder asks for by default is understood", () => {
    const args = ["-v", "/tmp/a b:/packer-files", "-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "debian:12"];
    const request = parseRun(args);
    assert.deepEqual(
      [request?.Image, request?.Entrypoint, request?.Cmd, request?.Tty, request?.OpenStdin, request?.HostConfig.Binds],
      ["debian:12", ["/bin/sh"], undefined, true, true, ["/tmp/a b:/packer-files"]],
    );
  });

  test("every option of the container has its place in the request", () => {
    const request = parseRun([
      ...[
        "--label",
        "run=1=2",
        "--device",
        "/dev/fuse",
        "--cap-add",
        "NET_ADMIN",
        "--cap-drop",
        "MKNOD",
        "--privileged",
      ],
      ...[
        "--runtime",
        "runsc",
        "--tmpfs",
        "/run:exec,size=5m",
        "--tmpfs",
        "/x",
        "-v",
        "/a:/b:ro",
        "-dit",
        "-e",
        "A=b=c",
      ],
      ...[
        "--env=EMPTY=",
        "-u",
        "1000:1000",
        "-w",
        "/srv",
        "--network=none",
        "--entrypoint",
        "/bin/sh",
        "image",
        "-c",
        "sleep 1",
      ],
    ]);
    assert.deepEqual(request, {
      Image: "image",
      Cmd: ["-c", "sleep 1"],
      Entrypoint: ["/bin/sh"],
      User: "1000:1000",
      WorkingDir: "/srv",
      Tty: true,
      OpenStdin: true,
      Env: ["A=b=c", "EMPTY="],
      Labels: { run: "1=2" },
      HostConfig: {
        Binds: ["/a:/b:ro"],
        CapAdd: ["NET_ADMIN"],
        CapDrop: ["MKNOD"],
        Devices: [{ PathOnHost: "/dev/fuse", PathInContainer: "/dev/fuse", CgroupPermissions: "rwm" }],
        Tmpfs: { "/run": "exec,size=5m", "/x": "" },
        RestartPolicy: { Name: "no" },
        Privileged: true,
        Runtime: "runsc",
        NetworkMode: "none",
      },
    });
  });

  for (const [what, args] of [
    ["attached", ["-i", "-t", "image"]],
    ["no image", ["-d"]],
    ["no image behind the flags", ["-d", "--"]],
    ["a flag without its value", ["-d", "-v"]],
    ["a network of the user's own", ["-d", "--network", "x", "image"]],
    ["a platform", ["-d", "--platform", "linux/arm64", "image"]],
    ["a name", ["-d", "--name", "x", "image"]],
    ["a flag that nobody knows", ["-d", "--no-such-option", "image"]],
    ["a switch with a value", ["-d=false", "image"]],
    ["a switch with a value, in long", ["--detach=false", "-d", "image"]],
    ["a relative path", ["-d", "-v", "./a:/b", "image"]],
    ["a volume's name", ["-d", "-v", "name:/b", "image"]],
    ["a volume without one", ["-d", "-v", "/b", "image"]],
    ["a folder of Windows", ["-d", "-v", "C:\\x:c:/packer-files", "image"]],
    ["a variable of this process", ["-d", "-e", "HOME", "image"]],
    ["a device under another name", ["-d", "--device", "/dev/a:/dev/b", "image"]],
    ["a device by its kind", ["-d", "--device", "vendor.com/gpu=all", "image"]],
    ["a label without a value", ["-d", "--label", "x", "image"]],
    ["a short flag with its value attached", ["-d", "-uroot", "image"]],
    ["a short flag with an equals sign", ["-d", "-e=A=b", "image"]],
  ] as const) {
    test(`${what} is the program's business`, () => assert.equal(parseRun(args), undefined));
  }
});
