// One comment that later runs update.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeHost } from "../../../test/fakes/host.ts";
import { githubServer, LONGEST_COMMENT } from "../../../test/servers/github.ts";
import { openGitHub } from "../../driver/github/github.ts";
import { keepStickyComment, writeMarker } from "./sticky-comment.ts";

const MARKER = writeMarker({ GITHUB_WORKFLOW: "w", GITHUB_JOB: "j" }, []);
const stranger = { login: "mallory", type: "User" as const };

describe("action/pull-request/sticky-comment", () => {
  it("writes one comment and updates it, whatever stands around it", async (t) => {
    const server = await githubServer(t);
    const access = { apiUrl: server.url, token: "token-of-the-job", repository: "octo/images" };
    const github = openGitHub(access, fakeHost({ network: "real" }), new AbortController().signal);
    const write = (text: string, isNews = true) =>
      keepStickyComment(github, 7, { marker: MARKER, body: () => text, isNews });
    server.comments.push({ id: 1, body: "first!", user: stranger, author_association: "NONE" });
    assert.equal(await write("nothing new", false), undefined);
    await write("one");
    server.comments.push({ id: 2, body: "nice", user: stranger, author_association: "NONE" });
    await write("two", false);
    const bodies = server.comments.map(({ body }) => body);
    assert.deepEqual(bodies, ["first!", `${MARKER}\ntwo`, "nice"]);
    const asked = server.asked.length;
    await write("two");
    assert.equal(server.asked.length, asked + 1);
  });

  it("does not take over a comment in which a stranger wrote the marker", async (t) => {
    const server = await githubServer(t);
    const access = { apiUrl: server.url, token: "token-of-the-job", repository: "octo/images" };
    const github = openGitHub(access, fakeHost({ network: "real" }), new AbortController().signal);
    server.comments.push({ id: 1, body: `${MARKER}\nforged`, user: stranger, author_association: "NONE" });
    server.comments.push({ id: 2, body: `look: ${MARKER}`, user: stranger, author_association: "OWNER" });
    await keepStickyComment(github, 7, { marker: MARKER, body: () => "real", isNews: true });
    assert.deepEqual(
      server.comments.map(({ body }) => body),
      [`${MARKER}\nforged`, `look: ${MARKER}`, `${MARKER}\nreal`],
    );
  });

  it("leaves room for the marker", async (t) => {
    const server = await githubServer(t);
    const access = { apiUrl: server.url, token: "token-of-the-job", repository: "octo/images" };
    const github = openGitHub(access, fakeHost({ network: "real" }), new AbortController().signal);
    await keepStickyComment(github, 7, { marker: MARKER, body: (longest) => "x".repeat(longest), isNews: true });
    assert.equal(server.comments[0]?.body.length, LONGEST_COMMENT);
  });

  it("has another marker for another job and another choice of templates, which nobody sees", () => {
    const env = { GITHUB_WORKFLOW: "w", GITHUB_JOB: "j" };
    const markers = [MARKER, writeMarker({ ...env, GITHUB_JOB: "k" }, []), writeMarker(env, ["images", ["a"]])];
    assert.equal(new Set(markers).size, 3);
    for (const marker of markers) {
      assert.match(marker, /^<!-- packer-ts:[0-9a-f]{16} -->$/);
    }
    assert.equal(writeMarker(env, []), MARKER);
  });
});
