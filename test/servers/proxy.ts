// Real proxies, and an address of this machine to which a proxy leads.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "./listen.ts";

/** An address of this machine that is none of the loopback: a proxy is never asked for that. */
export const ownAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

/** True when this machine has such an address; otherwise the test is skipped, or fails in CI. */
export function needsAddress(t: TestContext): boolean {
  if (ownAddress !== undefined) {
    return true;
  }
  if (process.env["CI"] === "true") {
    throw new Error("This test needs a network interface besides the loopback");
  }
  t.skip("needs a network interface besides the loopback");
  return false;
}

/** Starts a program that listens, until the test ends. */
export async function startProgram(
  t: TestContext,
  port: number,
  program: string,
  args: readonly string[],
): Promise<void> {
  const child = spawn(program, args, { stdio: "ignore" });
  t.after(() => child.kill());
  for (let tries = 0; tries < 100; tries++) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true));
      socket.once("connect", () => socket.destroy()).once("error", () => resolve(false));
    });
    if (isUp) {
      return;
    }
    await wait(50);
  }
  assert.fail(`${program} does not listen`);
}

/** Starts tinyproxy with further lines of its configuration; gives its port. */
export async function tinyproxy(t: TestContext, more = ""): Promise<number> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "tinyproxy-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "conf"), `Port ${port}\nListen 127.0.0.1\nMaxClients 20\nTimeout 20\n${more}`);
  await startProgram(t, port, "tinyproxy", ["-d", "-c", join(folder, "conf")]);
  return port;
}
