import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chooseHint, copyInHints, type Hints, pushHints, runHints } from "./hints.ts";

describe("driver/docker hints", () => {
  const cases: readonly (readonly [string, Hints, string, RegExp | undefined])[] = [
    ["a missing folder", copyInHints, "Could not find the file /a/b in container 12ab", /must exist inside/],
    ["a link that leads out", copyInHints, 'invalid symlink "/x/a" -> "../../y"', /leads out/],
    ["a root that can only be read", copyInHints, "container rootfs is marked read-only", /can only be read/],
    ["a full disk", copyInHints, "write /a: no space left on device", /full/],
    [
      "a folder of that name",
      copyInHints,
      'cannot overwrite directory "/a" with non-directory "/b"',
      /end the destination/,
    ],
    ["what nobody knows", copyInHints, "the moon is in the way", undefined],
    [
      "a name with capitals",
      runHints,
      "docker: invalid reference format: repository name must be lowercase.",
      /lower case/,
    ],
    [
      "a registry that is not there",
      runHints,
      "Unable to find image 'a:1' locally\ndocker: Error response from daemon: Get \"https://r.test/v2/\": dial tcp: lookup r.test: no such host",
      /cannot be reached/,
    ],
    [
      "an image that nobody has",
      runHints,
      "docker: Error response from daemon: pull access denied for a, repository does not exist",
      /does not have it/,
    ],
    [
      "a program that is not in the image",
      runHints,
      'exec: "/bin/sh": stat /bin/sh: no such file or directory: unknown.',
      /run_command/,
    ],
    ["an unknown runtime", runHints, "Error response from daemon: Unknown runtime specified runscx", /"runtime"/],
    [
      "an image without a name in the registry",
      pushHints,
      "An image does not exist locally with the tag: sha256",
      /docker-tag/,
    ],
    [
      "a registry that does not answer",
      pushHints,
      "dial tcp 127.0.0.1:5: connect: connection refused",
      /cannot be reached/,
    ],
    ["a registry that says no", pushHints, "denied: requested access to the resource is denied", /may push/],
  ];
  for (const [what, hints, said, expected] of cases) {
    test(`${what} has a hint of its own`, () => {
      const hint = chooseHint(hints, said);
      if (expected === undefined) {
        assert.equal(hint, undefined);
      } else {
        assert.match(hint ?? "", expected);
      }
    });
  }
});
