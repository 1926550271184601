// Codes for what goes wrong between the action and GitHub's REST interface.
export const githubCodes = {
  "github/unreachable": "GitHub's REST interface could not be reached.",
  "github/token": "GitHub did not take the token of the input `github-token`.",
  "github/permission": "The token lacks a permission; the message names the line for the `permissions` of the job.",
  "github/missing": "GitHub has no such pull request or comment, or the token may not see it.",
  "github/rate-limit": "GitHub takes no more requests for a while.",
  "github/no-base": "The files that a pull request is compared with could not be had from Git.",
  "github/refused": "GitHub refused a request for another reason, which the message holds.",
} as const;
