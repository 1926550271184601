// Scripts on their way to a Windows machine: their options, their bytes, how they are called in the log, and their end.
import { failure } from "../diagnostic/build-error.ts";
import { type CommandEnd, DISCONNECTED_STATUS } from "../sdk/communicator.ts";
import { option } from "../sdk/option.ts";
import type { ProvisionRun } from "../sdk/provisioner.ts";
import {
  checkExitStatus,
  holdContent,
  listScriptFiles,
  readScript,
  remoteScriptStep,
  type ScriptChoice,
} from "./script.ts";

/** Packer's exit code for a command whose WinRM connection was lost. */
const LOST_WINRM_STATUS = 16001;

/** What everything takes that runs scripts on a Windows machine. */
export const windowsScriptStep = Object.freeze({
  ...remoteScriptStep,
  options: Object.freeze({
    ...remoteScriptStep.options,
    start_retry_timeout: option.duration({
      default: "5m",
      description:
        "How long to try again when a script cannot be uploaded or started, because the machine is restarting.",
    }),
  }),
});

export interface WindowsScript {
  /** `inline`, or the path as the template has it. */
  readonly title: string;
  readonly content: Buffer;
  readonly inline: boolean;
}

/** The scripts of a template in their order, each read when its turn comes and byte by byte: Windows' line ends stay. */
export async function* readWindowsScripts(config: ScriptChoice, run: ProvisionRun): AsyncGenerator<WindowsScript> {
  // Unlike Packer, which writes inline scripts into a temporary file of this machine: they may hold secrets.
  if (config.inline.length > 0) {
    yield { title: "inline", content: Buffer.from(`${config.inline.join("\n")}\n`), inline: true };
  }
  for (const path of listScriptFiles(config)) {
    yield { title: path, content: await readScript(path, run), inline: false };
  }
}

/** Windows PowerShell takes a file without a byte order mark for the machine's old code page; what we write is UTF-8. */
export function withMark(text: Buffer): Buffer {
  return text.some((byte) => byte > 127) ? Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), text]) : text;
}

/** Puts a script's bytes on the machine. */
export async function uploadBytes(run: ProvisionRun, bytes: Buffer, path: string): Promise<void> {
  const { size, open } = holdContent(bytes);
  await run.communicator.upload({ content: open(), size, mode: 0o644 }, path, run.signal);
}

/** Throws unless a script ended with one of the allowed codes; those of lost connections are meant for scripts that restart the machine. */
export function checkScriptEnd(end: CommandEnd, allowed: readonly number[]): void {
  if (end.end === "exited") {
    checkExitStatus(end.code, allowed);
    return;
  }
  if (allowed.includes(LOST_WINRM_STATUS) || allowed.includes(DISCONNECTED_STATUS)) {
    return;
  }
  throw failure("provisioner", "provisioner/disconnected", "The connection was lost before the script ended", {
    detail: "The machine may have restarted, or its WinRM or SSH service was stopped.",
    hint: `If the script is meant to do that, add ${LOST_WINRM_STATUS} to valid_exit_codes, or restart with the provisioner "windows-restart".`,
  });
}
