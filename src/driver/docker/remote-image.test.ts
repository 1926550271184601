// An image that a registry does not show: the program's words say why.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { findRemoteDigest } from "./remote-image.ts";

describe("driver/docker/remote-image", () => {
  test("an image that is not shown is told in docker's words, a near registry asked without TLS too", async () => {
    const host = fakeHost({ programs: { docker: () => ({ code: 1, stderr: "no such manifest\n" }) } });
    const find = (image: string) =>
      findRemoteDigest({ host, executable: "docker" }, image, new AbortController().signal);
    await rejectsWith(find("localhost:5000/a:1"), { code: "docker/not-shown", message: /a:1\nno such manifest$/ });
    assert.equal(host.started.length, 2);
  });
});
