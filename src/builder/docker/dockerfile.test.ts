import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { listBaseImages } from "./dockerfile.ts";

describe("builder/docker/dockerfile", () => {
  it("finds the image of every stage, but not the stages", () => {
    const text =
      "FROM golang:1.22 AS make\nRUN x\nfrom --platform=linux/amd64 \\\n  debian:12\nCOPY --from=make a b\nFROM make\nFROM scratch\n";
    assert.deepEqual(listBaseImages(text, {}), ["golang:1.22", "debian:12"]);
  });

  it("fills in arguments", () => {
    const text = 'ARG TAG="12"\nARG OTHER\nFROM debian:$TAG\nARG TAG=99\nFROM alpine:${OTHER:-3}\nFROM x:${OTHER:-3}\n';
    assert.deepEqual(listBaseImages(text, {}), ["debian:12", "alpine:3", "x:3"]);
    assert.deepEqual(listBaseImages(text, { TAG: "13", OTHER: "4" }), ["debian:13", "alpine:4", "x:4"]);
  });
});
