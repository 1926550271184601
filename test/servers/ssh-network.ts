// Networks of the test's own: namespaces joined by wires that can be cut and be made to swallow what goes through them.
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import type { TestContext } from "node:test";
import { needs } from "../needs.ts";

/** A place with a network of its own. */
export interface Place {
  /** Undefined for this process's own network. */
  readonly namespace: string | undefined;
}

/** Two places joined; `near` and `far` are the addresses of the two ends. */
export interface Wire {
  readonly near: string;
  readonly far: string;
  /** Takes the far end's link away, as when a cable is pulled. */
  cut(): void;
  mend(): void;
  /** Lets the far end take packets and answer none: the host is silent. */
  silence(): void;
  speak(): void;
  /** Delays what the far end sends; says false where this kernel cannot. */
  delay(milliseconds: number): boolean;
}

/** What stands for this process's own network. */
export const here: Place = { namespace: undefined };

/** True when namespaces can be made; otherwise the test is skipped with a reason, or fails in CI. */
export function needsNamespaces(test: TestContext): boolean {
  if (!needs(test, "ip", "/usr/sbin/sshd", "ssh-keygen")) {
    return false;
  }
  const name = `probe-${process.pid}`;
  const made = spawnSync("ip", ["netns", "add", name], { encoding: "utf8" });
  spawnSync("ip", ["netns", "delete", name]);
  if (made.status === 0) {
    return true;
  }
  const reason = `needs root to make network namespaces: ${made.stderr.trim()}`;
  if (process.env["CI"] === "true") {
    throw new Error(`This test ${reason}`);
  }
  test.skip(reason);
  return false;
}

/** Makes a namespace, which goes away with the test. */
export function place(test: TestContext): Place & { readonly namespace: string } {
  const namespace = `ssh-${process.pid}-${randomInt(1e6)}`;
  ip("netns", "add", namespace);
  test.after(() => ip("netns", "delete", namespace));
  ip("-n", namespace, "link", "set", "lo", "up");
  return { namespace };
}

/** Joins two places by a wire with addresses that nobody else uses: those set apart for measuring networks. */
export function wire(from: Place, to: Place & { readonly namespace: string }): Wire {
  const id = randomInt(1, 0x1ffff);
  const net = `198.${18 + (id >> 16)}.${(id >> 8) & 0xff}`;
  const [near, far] = [`${net}.1`, `${net}.2`];
  const [nearEnd, farEnd] = [`n${id}`, `f${id}`];
  const there = (...args: readonly string[]): boolean => ip("-n", to.namespace, ...args);
  const at = (...args: readonly string[]): boolean =>
    from.namespace === undefined ? ip(...args) : ip("-n", from.namespace, ...args);
  at("link", "add", nearEnd, "type", "veth", "peer", "name", farEnd, "netns", to.namespace);
  at("addr", "add", `${near}/24`, "dev", nearEnd);
  there("addr", "add", `${far}/24`, "dev", farEnd);
  at("link", "set", nearEnd, "up");
  there("link", "set", farEnd, "up");
  return {
    near,
    far,
    cut: () => void there("link", "set", farEnd, "down"),
    mend: () => void there("link", "set", farEnd, "up"),
    silence: () => void there("route", "add", "blackhole", `${near}/32`),
    speak: () => void there("route", "delete", "blackhole", `${near}/32`),
    delay: (milliseconds) =>
      spawnSync("ip", [
        "netns",
        "exec",
        to.namespace,
        "tc",
        "qdisc",
        "add",
        "dev",
        farEnd,
        "root",
        "netem",
        "delay",
        `${milliseconds}ms`,
      ]).status === 0,
  };
}

function ip(...args: readonly string[]): boolean {
  const ran = spawnSync("ip", args, { encoding: "utf8" });
  if (ran.status !== 0) {
    throw new Error(`ip ${args.join(" ")}: ${ran.stderr}`);
  }
  return true;
}
