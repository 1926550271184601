// Whether the processor's help for virtual machines can be used here.
import { open } from "node:fs/promises";
import { readMessage } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";

const DEVICE = "/dev/kvm";

/** The machines that a processor can run as itself, as QEMU calls them. */
const RUNS: Partial<Record<NodeJS.Architecture, readonly string[]>> = {
  x64: ["x86_64", "i386"],
  arm64: ["aarch64"],
  ppc64: ["ppc64"],
  s390x: ["s390x"],
};

/** Why KVM cannot be used for a machine and what to do about it; `undefined` when it can. */
export async function findKvmAbsence(
  { platform, arch }: Pick<Host, "platform" | "arch">,
  architecture: string | undefined,
): Promise<{ readonly reason: string; readonly hint?: string | undefined } | undefined> {
  if (platform !== "linux") {
    return { reason: "KVM is there on Linux only." };
  }
  const runs = RUNS[arch];
  if (architecture !== undefined && runs !== undefined && !runs.includes(architecture)) {
    return { reason: `the processor here is none for ${architecture}.` };
  }
  try {
    await (await open(DEVICE, "r+")).close();
    return undefined;
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === "ENOENT") {
      return { reason: `${DEVICE} is not there.` };
    }
    if (code !== "EACCES" && code !== "EPERM") {
      return { reason: readMessage(thrown) };
    }
    return {
      reason: `This user may not use ${DEVICE}.`,
      hint: `On a runner, "sudo chmod 666 ${DEVICE}" in an earlier step opens it.`,
    };
  }
}
