// The program qemu-img, which makes and changes disk images.
import { failure } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";

/** What running it needs. */
export interface QemuImgRun {
  readonly host: Pick<Host, "processes" | "clock" | "cwd">;
  readonly signal: AbortSignal;
}

/** Milliseconds that an image may stay locked by a machine that is ending. */
const LOCKED_FOR = 10_000;
const LOOK_EVERY = 500;

/** The format of a disk image, such as `qcow2` or `raw`. */
export async function readImageFormat(path: string, run: QemuImgRun): Promise<string> {
  const facts = JSON.parse(await runQemuImg(["info", "--output=json", path], run)) as {
    readonly format?: string | undefined;
  };
  return facts.format ?? "raw";
}

/** Runs it and gives what it printed; an image that is still locked is waited for. Throws with its own words when it fails. */
export async function runQemuImg(args: readonly string[], { host, signal }: QemuImgRun): Promise<string> {
  for (let waited = 0; ; waited += LOOK_EVERY) {
    const { code, stdout, stderr } = await host.processes.run(["qemu-img", ...args], {
      signal,
      cwd: host.cwd,
      env: { LC_ALL: "C" },
    });
    if (code === 0) {
      return stdout;
    }
    if (!stderr.includes("Failed to get") || !stderr.includes("lock") || waited >= LOCKED_FOR) {
      throw failure("environment", "qemu/disk-image", `qemu-img ${args[0] ?? ""} failed`, {
        detail: `${stderr.trim() || `It ended with status ${code}.`}\nIts arguments were: ${args.join(" ")}`,
      });
    }
    await host.clock.sleep(LOOK_EVERY, signal);
  }
}
