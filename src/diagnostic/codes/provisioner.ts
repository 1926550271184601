// Codes for what goes wrong while a machine is changed, and for scripts of this machine.
export const provisionerCodes = {
  "provisioner/exit-status": "A script ended with an exit status that is not allowed.",
  "provisioner/disconnected": "The connection went away while a script was running.",
  "provisioner/not-cleaned-up": "A temporary file could not be removed from the machine.",
  "provisioner/script-not-started": "A script of this machine could not be started.",
  "provisioner/file-missing": "A file of this machine that is needed now is not there.",
  "provisioner/no-answer": "A question was asked, but there is nobody to answer it.",
} as const;
