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
  "run/journal-broken": "The record of what an earlier run created cannot be understood.",
  "run/output-broken": "What the run says could not be written any more, so it was ended and what it had made removed.",
  "output/not-ours": "A build would replace or remove a file or folder that others need.",
  "output/needed": "A build would replace a file that it reads itself.",
  "output/shared": "Two builds write to the same file or folder.",
  "output/in-use": "Another build that is still going on has taken the folder.",
  "run/log-unwritable": "The log file that `PACKER_LOG_PATH` names cannot be written.",
  "run/no-machine": "A file was to be transferred although `communicator` is `none`.",
} as const;
