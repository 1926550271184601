// Codes of the file post-processors and of the archives they write.
export const postProcessorCodes = {
  "archive/file-changed": "A file grew or shrank while it was being archived.",
  "archive/not-a-file": "A folder or device was to be archived, and only files can be.",
  "archive/xz-failed": "The program xz ended with an error.",
  "archive/xz-missing": "The program xz, which compressing to xz needs, was not found.",
  "artifice/missing": "A file that is to make up the artifact is not there.",
  "compress/nothing": "There is no file to compress.",
  "compress/not-one-file": "An output that holds a single file was chosen for an artifact with several files or none.",
  "compress/output-is-input": "The output of compress is one of the files it is to compress.",
  "manifest/not-a-manifest": "The file that the manifest is to be added to holds something else.",
  "manifest/unreadable": "The manifest could not be opened for reading.",
  "manifest/unwritable": "The manifest could not be written.",
} as const;
