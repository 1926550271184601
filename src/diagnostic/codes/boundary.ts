// Codes for what goes wrong between this program and the machine it runs on.
export const boundaryCodes = {
  "host/command-missing": "A program that is needed was not found on PATH.",
  "host/command-failed": "A program that was started ended with an error.",
  "host/file-unreadable": "A file could not be read.",
  "host/file-out-of-reach":
    "A template, or a link, names a file that is not read for templates: one of the system, or one outside of the workspace.",
  "host/file-unwritable": "A file or folder could not be written.",
  "host/locked": "Another program holds a file that is to be changed, for longer than that takes.",
  "host/cancelled": "The run was cancelled.",
} as const;
