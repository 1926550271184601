// Whether the end of a script counts as success.
import { failure } from "../../diagnostic/build-error.ts";

/** Throws unless `code` is among the allowed ones. Packer 1.6.6 lacks the blank before "Allowed"; this is the later text. */
export function checkExitStatus(code: number, allowed: readonly number[]): void {
  if (allowed.includes(code)) {
    return;
  }
  throw failure(
    "provisioner",
    "provisioner/exit-status",
    `Script exited with non-zero exit status: ${code}. Allowed exit codes are: [${allowed.join(" ")}]`,
  );
}
