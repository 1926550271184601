// Files that a provisioner puts on the machine for a moment.
import { failure } from "../../diagnostic/build-error.ts";
import type { ProvisionRun } from "../../sdk/provisioner.ts";
import { escapeBlanks, type ScriptContent } from "../../step/script.ts";

const silent = { stdout: (): void => {}, stderr: (): void => {} };

/** Uploads a file and sets its permissions, as Packer with a `chmod` of its own whose outcome does not matter. */
export async function uploadFile(run: ProvisionRun, content: ScriptContent, path: string, mode: number): Promise<void> {
  // Nobody runs it before it is complete, and nobody else ever reads a file that is to be private.
  await run.communicator.upload({ content: content.open(), size: content.size, mode: mode & 0o666 }, path, run.signal);
  await run.execute(run.communicator, `chmod 0${mode.toString(8)} ${escapeBlanks(path)}`, silent);
}

/** Removes a file from the machine; tried again while the machine cannot be reached, as after a restart. */
export function removeFile(run: ProvisionRun, path: string, timeout: number): Promise<void> {
  return run.retry(timeout, async () => {
    const end = await run.execute(run.communicator, `rm -f ${escapeBlanks(path)}`, silent);
    if (end.end === "exited" && end.code === 0) {
      return;
    }
    throw failure(
      "provisioner",
      "provisioner/not-cleaned-up",
      end.end === "disconnected"
        ? "Disconnected while removing temporary script."
        : `Error removing temporary script at ${path}!`,
    );
  });
}
