// Images in a registry, looked at without fetching them.
import { failure } from "../../diagnostic/build-error.ts";
import { type DockerProgram, runDocker } from "./program.ts";

/** A digest that changes when the image does, for all its platforms together. Throws when the registry does not show it. */
export async function findRemoteDigest(program: DockerProgram, image: string, signal: AbortSignal): Promise<string> {
  let result = await runDocker(program, ["manifest", "inspect", image], { signal });
  // As the engine: a registry on this machine may speak plain HTTP.
  if (result.code !== 0 && isLocal(image)) {
    result = await runDocker(program, ["manifest", "inspect", "--insecure", image], { signal });
  }
  if (result.code === 0) {
    const { createHash } = await import("node:crypto");
    return `manifest:${createHash("sha256").update(result.stdout.trim()).digest("hex")}`;
  }
  throw failure("network", "docker/not-shown", `The registry does not show the image ${image}`, {
    detail: result.stderr.trim(),
  });
}

function isLocal(image: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?\//.test(image);
}
