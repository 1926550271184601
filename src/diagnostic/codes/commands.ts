// Codes for commands that write files.
export const commandCodes = {
  "fix/not-fixable": "A template cannot be brought up to date by `fix`.",
  "fmt/unwritable": "A formatted file could not be written.",
  "upgrade/unwritable": "The HCL2 form of a template could not be written.",
  "upgrade/not-json": "Only templates of the JSON format can be turned into HCL2.",
  "upgrade/name": "A key of a JSON template cannot be written in HCL2.",
} as const;
