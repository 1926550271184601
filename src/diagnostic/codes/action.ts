// Codes for what goes wrong between a workflow and the action.
export const actionCodes = {
  "action/invalid-input": "An input of the action has a value that it cannot have.",
  "action/unused-input": "An input was given that the chosen command does not take.",
  "action/unknown-input": "An input was given that the action does not have, such as a misspelt one.",
  "action/quoted-value": "A secret value was given in quotes, which are part of it.",
  "action/untrusted-event":
    "The run was started by an event with which strangers can run their code with the rights of the repository.",
  "action/no-template": "No template was found where the input `template` says.",
  "action/no-var-file": "No file is there that a pattern of the input `var-files` fits.",
  "action/not-formatted": "A file is not in the format that `fmt` gives.",
  "action/build-failed": "A build failed; the message holds what it said last.",
  "action/no-artifact-service": "Files were to be uploaded, but this runner offers no service for workflow artifacts.",
  "action/upload-failed": "A workflow artifact could not be uploaded; what was built is still there.",
  "action/attest-unavailable": "What was built was to be attested, but the job has no permission to prove who it is.",
  "action/attest-failed": "What was built could not be attested; it is still there.",
  "action/artifact-missing":
    "A build succeeded, but a file of its artifact is not there when the step ends: it was removed or moved after it was made.",
  "action/secret-in-upload": "A file that is uploaded as a workflow artifact holds a secret.",
  "action/download-not-kept":
    "A download could not be put into the cache of GitHub Actions, so the next run fetches it again.",
  "action/not-on-path": "`setup` could not make the program available to later steps.",
  "action/summary-lost": "The summary of a step could not be written; the log holds what happened.",
  "action/left-behind": "The post step could not remove something that an interrupted run had made.",
} as const;
