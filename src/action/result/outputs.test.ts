import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ArtifactRecord } from "./artifact-records.ts";
import { writeOutputs } from "./outputs.ts";
import { startRecord } from "./run-record.ts";

function artifact(build: string, id: string, more: Partial<ArtifactRecord> = {}): ArtifactRecord {
  const facts = { template: "t.json", builder: "docker", builder_id: "packer.docker", description: "", files: [] };
  return { ...facts, build, id, ...more };
}

function given(artifacts: readonly ArtifactRecord[]): Readonly<Record<string, string>> {
  return writeOutputs(startRecord(), { outcome: "built", failureClass: "" }, artifacts);
}

const IMAGE = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;

describe("outputs for later steps", () => {
  it("name each image by the id that does not change with its tags", () => {
    const artifacts = [
      artifact("web", IMAGE),
      artifact("web", "acme/web:1.0"),
      artifact("web", "acme/web:latest"),
      artifact("ami", "us-east-1:ami-1,eu-west-1:ami-2"),
      artifact("disk", "VM", { files: [{ path: "d/x", size: 1 }] }),
      artifact("file", "File", { files: [{ path: "f", size: 1 }] }),
      artifact("tar", "Container"),
      artifact("gone", "something", { missing: ["m"] }),
    ];
    assert.deepEqual(JSON.parse(given(artifacts)["image-ids"] ?? ""), {
      web: IMAGE,
      ami: "us-east-1:ami-1,eu-west-1:ami-2",
    });
    assert.deepEqual(JSON.parse(given([artifact("a", "acme/a:1")])["image-ids"] ?? ""), { a: "acme/a:1" });
  });

  it("tell builds of one name apart by their template, whichever of them has an image", () => {
    const artifacts = [artifact("web", IMAGE), artifact("web", OTHER, { template: "u.json" })];
    assert.deepEqual(JSON.parse(given(artifacts)["image-ids"] ?? ""), { "t.json:web": IMAGE, "u.json:web": OTHER });
  });

  it("give the digest of what was pushed first, and nothing where nothing was", () => {
    const artifacts = [
      artifact("web", IMAGE),
      artifact("web", "r/web:1", { digest: `r/web@${OTHER}` }),
      artifact("api", "r/api:1", { digest: `r/api@${IMAGE}` }),
    ];
    assert.equal(given(artifacts)["digest"], OTHER);
    assert.equal(given([artifact("web", IMAGE)])["digest"], "");
  });

  it("name what was made by the last id that says something, whatever was made beside it", () => {
    const artifacts = [
      artifact("web", IMAGE),
      artifact("web", "acme/web:1.0"),
      artifact("web", "", { files: [{ path: "web.sum", size: 1 }] }),
      artifact("tar", "Container"),
      artifact("tar", IMAGE),
      artifact("tar", "File"),
      artifact("disk", "VM"),
      artifact("disk", ""),
      artifact("none", ""),
    ];
    const outputs = given(artifacts);
    assert.equal(outputs["artifact-id"], "acme/web:1.0");
    assert.deepEqual(JSON.parse(outputs["artifact-ids"] ?? ""), {
      web: "acme/web:1.0",
      tar: IMAGE,
      disk: "VM",
      none: "",
    });
  });

  it("list every file once", () => {
    const file = { path: "out/a b.txt", size: 1, sha256: "x" };
    const artifacts = [
      artifact("a", "File", { files: [file] }),
      artifact("a", "", { files: [file, { path: "out/sum", size: 2 }] }),
    ];
    assert.deepEqual(JSON.parse(given(artifacts)["files"] ?? ""), ["out/a b.txt", "out/sum"]);
    assert.equal(given([])["files"], "[]");
  });
});
