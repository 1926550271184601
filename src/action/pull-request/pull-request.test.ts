// The event of a pull request, as the runner leaves it in a file.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { readPullRequest } from "./pull-request.ts";

const BASE = "a".repeat(40);
const HEAD = "b".repeat(40);

function eventFile(test: TestContext, content: unknown): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "packer-ts-event-"));
  test.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "event.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return { GITHUB_EVENT_PATH: path };
}

function event(head: string | null): unknown {
  const repo = { full_name: "octo/images" };
  const pull = {
    number: 7,
    base: { sha: BASE, repo },
    head: { sha: HEAD, repo: head === null ? null : { full_name: head } },
  };
  return { action: "opened", number: 7, pull_request: pull };
}

describe("action/pull-request/pull-request", () => {
  it("knows number and commits", (t) => {
    const found = readPullRequest(eventFile(t, event("octo/images")));
    assert.deepEqual(found, { number: 7, baseSha: BASE, headSha: HEAD, isFork: false });
  });

  it("tells a fork, also one that was deleted since", (t) => {
    assert.equal(readPullRequest(eventFile(t, event("stranger/images")))?.isFork, true);
    assert.equal(readPullRequest(eventFile(t, event(null)))?.isFork, true);
  });

  it("finds none in another event, in a broken one, and outside of a runner", (t) => {
    assert.equal(readPullRequest(eventFile(t, { ref: "refs/heads/main", after: HEAD })), undefined);
    assert.equal(
      readPullRequest(
        eventFile(t, { pull_request: { number: 7, base: { sha: "--upload-pack=x" }, head: { sha: HEAD } } }),
      ),
      undefined,
    );
    assert.equal(readPullRequest(eventFile(t, "{")), undefined);
    assert.equal(readPullRequest({ GITHUB_EVENT_PATH: "/nowhere/event.json" }), undefined);
    assert.equal(readPullRequest({}), undefined);
  });
});
