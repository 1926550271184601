// Whether the processor's help for virtual machines can be used here.
import { open } from "node:fs/promises";
import { readMessage } from "../../diagnostic/build-error.ts";

const DEVICE = "/dev/kvm";

/** Why KVM cannot be used and what to do about it; `undefined` when it can. */
export async function findKvmAbsence(
  platform: NodeJS.Platform,
): Promise<{ readonly reason: string; readonly hint?: string | undefined } | undefined> {
  if (platform !== "linux") {
    return { reason: "KVM is there on Linux only." };
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
