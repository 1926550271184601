// Codes for telling whether anything changed since the last build.
export const fingerprintCodes = {
  "fingerprint/nowhere":
    "There is no place where fingerprints could be kept, so it cannot be told whether anything changed.",
  "fingerprint/unreadable": "The record of the last build cannot be read, so everything is built.",
  "fingerprint/unwritable": "The record of this build could not be written, so the next run builds again.",
  "fingerprint/unchanged": "Nothing changed since the last build, and `if-unchanged` asks not to build the same again.",
} as const;
