// Codes for what goes wrong in planning builds for several machines and in collecting what they made.
export const planCodes = {
  "plan/unsteady-name":
    "The name of a build is another one in every run, so a machine of its own could not be told to make it.",
  "plan/left-out": "A build cannot be planned, because what builds it is not part of this program.",
  "plan/unused-runner": "A runner was chosen for builds that do not exist.",
  "plan/too-many": "There are more builds than a workflow can have jobs in one matrix.",
  "plan/changes-unknown": "It could not be found out which files changed, so every build is planned.",
  "plan/no-network": "Something wanted the network while a template was only looked at, which does without.",
  "collect/unreadable": "A result of a build could not be read.",
  "collect/foreign": "A file is not a result of a build.",
  "collect/no-results": "There are no results of builds where they should be.",
  "collect/not-uploaded": "The result of a build could not be uploaded for another job.",
  "collect/not-downloaded": "The results of other jobs could not be downloaded.",
  "collect/matrix": "The matrix of builds that results are compared with cannot be read.",
  "collect/missing": "A build of the matrix left no result.",
  "collect/unwritable": "The manifest of everything that was built could not be written.",
  "collect/failed": "A job ended before it began to build.",
} as const;
