// Codes for what goes wrong while a plan runs, whichever component is at work.
export const runCodes = {
  "run/bug": "A fault of this program or of a component, not of the template.",
  "run/system-error": "The operating system refused something: a full disk, a missing permission, too many open files.",
  "run/connection-failed": "A network connection could not be made or was lost.",
  "run/provisioner-timeout": "A provisioner took longer than its `timeout`.",
  "run/cleanup-provisioner-failed": "The error-cleanup provisioner failed too.",
  "run/artifact-not-destroyed": "An artifact that nobody wants to keep could not be removed.",
  "run/left-behind": "Something that a build made could not be removed.",
  "run/journal-unwritable": "The record of what a run creates could not be written, so nothing was created.",
  "run/shared-output": "Two builds of a run would write the same file or folder.",
  "run/output-broken": "What the run says could not be written any more, so it was ended and what it had made removed.",
  "run/log-unwritable": "The log file that `PACKER_LOG_PATH` names cannot be written.",
  "run/no-machine": "A file was to be transferred although `communicator` is `none`.",
} as const;
