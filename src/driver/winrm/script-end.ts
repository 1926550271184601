// Whether the end of a script on a Windows machine counts as success.
import { failure } from "../../diagnostic/build-error.ts";
import { checkExitStatus } from "../script/exit-status.ts";
import type { CommandOutcome } from "./run-command.ts";

/** Packer's exit code for a command whose WinRM connection was lost. */
const LOST_WINRM_STATUS = 16001;
/** Packer's exit code for a command whose SSH connection was lost. */
const LOST_SSH_STATUS = 2300218;

/** Throws unless a script ended with one of the allowed codes; those of lost connections are meant for scripts that restart the machine. */
export function checkScriptEnd(outcome: CommandOutcome, allowed: readonly number[]): void {
  if (outcome.end === "exited") {
    checkExitStatus(outcome.code, allowed);
    return;
  }
  if (allowed.includes(LOST_WINRM_STATUS) || allowed.includes(LOST_SSH_STATUS)) {
    return;
  }
  throw failure("provisioner", "provisioner/disconnected", "The connection was lost before the script ended", {
    detail: "The machine may have restarted, or its WinRM or SSH service was stopped.",
    hint: `If the script is meant to do that, add ${LOST_WINRM_STATUS} to valid_exit_codes, or restart with the provisioner "windows-restart".`,
  });
}
