// Services: what a command finds of what an edge provides.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineService, Services } from "./service.ts";

describe("command/service", () => {
  it("finds what was provided under the service itself, and nothing under another one of the same name", () => {
    const clock = defineService<() => number>("clock");
    const other = defineService<() => number>("clock");
    const services = new Services().provide(clock, () => 7);
    assert.equal(services.find(clock)?.(), 7);
    assert.equal(services.find(other), undefined);
  });
});
