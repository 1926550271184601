// `data "http"` of HCL2 in a real build: what the server said reaches a provisioner, and what it did not say is told.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, it, type TestContext } from "node:test";
import { folderWith, packerTs } from "../packer-ts.ts";
import { httpServer } from "../servers/http.ts";
import { serve } from "../servers/listen.ts";

const json = { headers: { "content-type": "application/json" } };

function template(url: string, more = ""): string {
  return `variable "address" {
  default = "${url}"
}
data "http" "release" {
  url = "\${var.address}/release"
  request_headers = {
    Accept = "application/json"
  }
}
locals {
  release = jsondecode(data.http.release.body)
}
source "null" "a" {
  communicator = "none"
}
build {
  sources = ["source.null.a"]
  provisioner "shell-local" {
    inline = ["echo version \${local.release.version}"]
  }
${more}}
`;
}

function folder(t: TestContext, text: string): string {
  return folderWith(t, { "a.pkr.hcl": text });
}

describe("e2e/data http", () => {
  it("hands the body of the answer to a provisioner, and asks once however often it is used", async (t) => {
    const server = await httpServer(t, () => ({ ...json, body: { version: "1.2.3" } }));
    const twice = '  provisioner "shell-local" {\n    inline = ["echo again ${data.http.release.body}"]\n  }\n';
    const ended = await packerTs(["build", "a.pkr.hcl"], { cwd: folder(t, template(server.url, twice)) });
    assert.equal(ended.code, 0, ended.stdout);
    assert.match(ended.stdout, /null\.a: version 1\.2\.3\n/);
    assert.match(ended.stdout, /null\.a: again \{version:1\.2\.3\}/);
    assert.deepEqual(
      server.asked.map(({ method, url, headers }) => [method, url, headers.accept]),
      [["GET", "/release", "application/json"]],
    );
  });

  it("tells at the block that the server has no such page, and builds nothing", async (t) => {
    const server = await httpServer(t, () => ({ status: 404, body: "no" }));
    const ended = await packerTs(["build", "a.pkr.hcl"], { cwd: folder(t, template(server.url)) });
    assert.equal(ended.code, 1);
    assert.match(ended.stdout, /datasource\/http-status/);
    assert.match(ended.stdout, /answered with status 404/);
    assert.match(ended.stdout, /a\.pkr\.hcl line 4, column 6/);
    assert.doesNotMatch(ended.stdout, /version/);
  });

  it("takes no answer that does not say that it is text", async (t) => {
    const server = await httpServer(t, () => ({ body: "x" }));
    const ended = await packerTs(["build", "a.pkr.hcl"], { cwd: folder(t, template(server.url)) });
    assert.equal(ended.code, 1);
    assert.match(ended.stdout, /datasource\/http-content-type[\s\S]*The content type is missing/);
  });

  it("tells that there is no server", async (t) => {
    const server = await httpServer(t, () => ({}));
    await server.close();
    const ended = await packerTs(["build", "a.pkr.hcl"], { cwd: folder(t, template(server.url)) });
    assert.equal(ended.code, 1);
    assert.match(ended.stdout, /datasource\/http-failed/);
    assert.match(ended.stdout, /could not be fetched[\s\S]*refuses connections/);
  });

  it("asks nobody in validate, where its values stay unknown, unless told to", async (t) => {
    const server = await httpServer(t, () => ({ ...json, body: { vresion: "1.2.3" } }));
    const cwd = folder(t, template(server.url));
    const without = await packerTs(["validate", "a.pkr.hcl"], { cwd });
    assert.deepEqual([without.code, without.stdout], [0, "The configuration is valid.\n"]);
    assert.deepEqual(server.asked, []);
    const evaluated = await packerTs(["validate", "-evaluate-datasources", "a.pkr.hcl"], { cwd });
    assert.equal(evaluated.code, 1);
    assert.match(evaluated.stdout, /does not have an attribute named "version"[\s\S]*did you mean "vresion"\?/);
    assert.equal(server.asked.length, 1);
  });

  it("finds mistakes around a value that is not known yet", async (t) => {
    const text = template("http://127.0.0.1:9").replace("local.release.version", "uper(local.release.version)");
    const ended = await packerTs(["validate", "a.pkr.hcl"], { cwd: folder(t, text) });
    assert.equal(ended.code, 1);
    assert.match(ended.stdout, /There is no function named "uper"[\s\S]*did you mean "upper"\?/);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`ends as a cancelled run when ${signal} comes while the server lets it wait`, async (t) => {
      let asked = (): void => {};
      const isAsked = new Promise<void>((resolve) => {
        asked = resolve;
      });
      const server = createServer(() => asked());
      const url = await serve(t, server);
      const ended = await packerTs(["build", "a.pkr.hcl"], {
        cwd: folder(t, template(url)),
        started: (child) => void isAsked.then(() => child.kill(signal)),
      });
      const said = ended.stdout + ended.stderr;
      assert.equal(ended.code, 1);
      assert.match(said, /The build was cancelled/);
      assert.doesNotMatch(said, /bug in packer-ts/);
    });
  }

  it("tells that a server never comes to an end", async (t) => {
    const chunk = Buffer.alloc(1024 * 1024, "a");
    const server = createServer((_, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      const write = (): void => {
        while (!response.destroyed && response.write(chunk)) {}
      };
      response.on("drain", write);
      write();
    });
    const ended = await packerTs(["build", "a.pkr.hcl"], { cwd: folder(t, template(await serve(t, server))) });
    assert.equal(ended.code, 1);
    assert.match(ended.stdout, /larger than 16 MiB/);
  });
});
