// Codes for files that are fetched before a build can begin.
export const downloadCodes = {
  "download/failed": "A file could not be downloaded from any of the places given.",
  "download/unsupported": "A file is in a place that cannot be fetched from, or packed in a way that is not unpacked.",
  "download/missing": "A local file is not there, or is a folder.",
  "download/status": "A server answered a request for a file with an error.",
  "download/timeout": "A download took longer than `PACKER_GETTER_READ_TIMEOUT` allows.",
  "download/checksum": "A file does not have the checksum it should have.",
  "download/checksum-file": "A file with checksums does not name the file that is to be checked.",
  "download/no-space": "There is not enough room on the disk for a file.",
  "download/unwritable": "A downloaded file could not be written.",
  "download/unpack": "A compressed file could not be unpacked.",
} as const;
