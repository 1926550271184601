// GitHub's REST interface, against a server that answers as GitHub does.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FakeHost, fakeHost } from "../../../test/fakes/host.ts";
import { rejectsWith } from "../../../test/rejects.ts";
import { type GitHubServer, githubServer } from "../../../test/servers/github.ts";
import { type GitHub, listChangedLines, openGitHub } from "./github.ts";

const NEVER = new AbortController().signal;

function client(
  server: Pick<GitHubServer, "url">,
  token = "token-of-the-job",
  host: FakeHost = fakeHost({ network: "real" }),
): GitHub {
  return openGitHub({ apiUrl: server.url, token, repository: "octo/images" }, host, NEVER);
}

describe("driver/github", () => {
  it("lists all files of a pull request over several pages", async (t) => {
    const files = Array.from({ length: 250 }, (_, i) => ({
      filename: `images/${i}.pkr.hcl`,
      patch: `@@ -1 +1 @@\n-a\n+${i}`,
    }));
    const server = await githubServer(t, { files });
    const found = await client(server).pullRequestFiles(7);
    assert.deepEqual(
      found.map(({ path }) => path),
      files.map(({ filename }) => filename),
    );
    const last = { path: "images/249.pkr.hcl", status: "modified", patch: "@@ -1 +1 @@\n-a\n+249" };
    assert.deepEqual(found[249], { ...last, previousPath: undefined });
    assert.equal(server.asked.length, 3);
  });

  it("stops where GitHub stops listing files", async (t) => {
    const files = Array.from({ length: 3100 }, (_, i) => ({ filename: `${i}` }));
    const server = await githubServer(t, { files });
    assert.equal((await client(server).pullRequestFiles(7)).length, 3000);
    assert.equal(server.asked.length, 30);
  });

  it("gives a renamed file with its former name, and a binary one without a patch", async (t) => {
    const files = [{ filename: "b.iso", previous_filename: "a.iso", status: "renamed" }];
    const server = await githubServer(t, { files });
    assert.deepEqual(await client(server).pullRequestFiles(7), [
      { path: "b.iso", previousPath: "a.iso", status: "renamed", patch: undefined },
    ]);
  });

  it("writes a comment, finds it among many and changes it", async (t) => {
    const server = await githubServer(t);
    const github = client(server);
    for (let i = 0; i < 105; i++) {
      await github.createComment(7, `comment ${i}`);
    }
    const last = (await github.comments(7)).at(-1);
    assert.equal(last?.body, "comment 104");
    assert.equal(last?.isTrusted, true);
    const changed = await github.updateComment(last?.id ?? 0, "größer 🎉");
    assert.equal(changed.body, "größer 🎉");
    assert.match(changed.url, /^https:\/\/github\.com\/octo\/images\/pull\/7#issuecomment-/);
    assert.equal(server.comments.at(-1)?.body, "größer 🎉");
  });

  it("does not trust comments of strangers", async (t) => {
    const server = await githubServer(t);
    const comment = (type: "Bot" | "User", author_association: string) => ({
      id: 1,
      body: "",
      user: { login: "x", type },
      author_association,
    });
    server.comments.push(
      comment("User", "NONE"),
      comment("User", "CONTRIBUTOR"),
      comment("User", "MEMBER"),
      comment("Bot", "NONE"),
    );
    const trusted = (await client(server).comments(7)).map(({ isTrusted }) => isTrusted);
    assert.deepEqual(trusted, [false, false, true, true]);
  });

  it("names the permission that is missing", async (t) => {
    const server = await githubServer(t, { may: [] });
    const github = client(server);
    const read = await rejectsWith(github.pullRequestFiles(7), { code: "github/permission", failure: "auth" });
    assert.match(read.diagnostics[0]?.hint ?? "", /"pull-requests: read"/);
    const write = await rejectsWith(github.createComment(7, "x"), {
      code: "github/permission",
      message: /Resource not accessible/,
    });
    assert.match(write.diagnostics[0]?.hint ?? "", /"pull-requests: write".*forks/);
  });

  it("tells a wrong token from a pull request that is not there", async (t) => {
    const server = await githubServer(t);
    const token = await rejectsWith(client(server, "stolen").comments(7), { code: "github/token", failure: "auth" });
    assert.doesNotMatch(JSON.stringify(token.diagnostics), /stolen/);
    await rejectsWith(client(server).comments(8), { code: "github/missing", message: /Not Found/ });
  });

  it("asks again when the server stumbles, but creates a comment no second time", async (t) => {
    const server = await githubServer(t, {
      before: (_, times) => (times < 3 ? { status: 502, body: "<html>" } : undefined),
    });
    const host = fakeHost({ network: "real" });
    assert.deepEqual(await client(server, undefined, host).comments(7), []);
    // Not all who were turned away come back at the same moment.
    const [first = 0, second = 0, ...more] = host.clock.sleeps;
    assert.deepEqual(more, []);
    assert.ok(first >= 500 && first <= 1000 && second >= 1000 && second <= 2000, `${first}, ${second}`);
    await rejectsWith(client(server).createComment(7, "x"), {
      code: "github/refused",
      failure: "network",
      message: /502/,
    });
    assert.equal(server.comments.length, 0);
  });

  it("gives up after three stumbles", async (t) => {
    const server = await githubServer(t, { before: () => ({ status: 503 }) });
    await rejectsWith(client(server).comments(7), { code: "github/refused", failure: "network" });
    assert.equal(server.asked.length, 3);
  });

  it("waits out a short limit, and says until when a long one lasts", async (t) => {
    const headers = { "retry-after": "2" };
    const short = await githubServer(t, { before: (_, times) => (times === 1 ? { status: 403, headers } : undefined) });
    const host = fakeHost({ network: "real" });
    await client(short, undefined, host).createComment(7, "x");
    assert.deepEqual(host.clock.sleeps, [2000]);
    const reset = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${Date.UTC(2024, 0, 2, 4, 0) / 1000}` };
    const long = await githubServer(t, { before: () => ({ status: 403, headers: reset }) });
    const limit = await rejectsWith(client(long).comments(7), { code: "github/rate-limit", failure: "capacity" });
    assert.match(limit.message, /2024-01-02 04:00 UTC/);
    assert.equal(long.asked.length, 1);
  });

  it("says when GitHub cannot be reached, and keeps a token that cannot be sent to itself", async (t) => {
    await rejectsWith(client({ url: "http://127.0.0.1:1" }).comments(7), {
      code: "github/unreachable",
      failure: "network",
    });
    const broken = await rejectsWith(client(await githubServer(t), "sec\nret").comments(7), {
      code: "github/unreachable",
    });
    assert.match(broken.message, /header "authorization" has a character/);
    assert.doesNotMatch(broken.message, /sec|ret/);
  });

  it("stops when the run is cancelled", async (t) => {
    const server = await githubServer(t);
    const signal = AbortSignal.abort(new Error("enough"));
    const access = { apiUrl: server.url, token: "token-of-the-job", repository: "octo/images" };
    await assert.rejects(openGitHub(access, fakeHost({ network: "real" }), signal).comments(7), /enough/);
  });
});

describe("driver/github changed lines", () => {
  it("counts added lines by their numbers in the new file", () => {
    const patch = [
      "@@ -1,4 +1,5 @@ source",
      " one",
      "-two",
      "+zwei",
      "+zweieinhalb",
      " three",
      " four",
      "@@ -20 +21,2 @@",
      " x",
      "+y",
      "\\ No newline at end of file",
    ];
    assert.deepEqual([...listChangedLines(patch.join("\n"))], [2, 3, 22]);
  });

  it("takes added lines that look like a header of a hunk for what they are", () => {
    assert.deepEqual([...listChangedLines("@@ -0,0 +1,2 @@\n+@@ -9 +9 @@\n+++ x")], [1, 2]);
  });

  it("finds nothing in a patch that only removes", () => {
    assert.equal(listChangedLines("@@ -1,2 +0,0 @@\n-a\n-b").size, 0);
  });
});
