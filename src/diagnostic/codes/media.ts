// Codes for what a machine gets its files from while it is installed: the HTTP server, the floppy disk and the CD.
export const mediaCodes = {
  "media/no-port": "No port of the range is free for the HTTP server.",
  "media/listen": "The HTTP server cannot listen on its address.",
  "media/no-interface": "The network interface of the HTTP server is not there or has no fitting address.",
  "media/file-unreadable": "A file or folder that was to be put on a disk cannot be read.",
  "media/name-taken": "Two files of the same name were to be put in the same folder of a disk.",
  "media/bad-name": "A file's name cannot be written on a disk.",
  "media/too-large": "More was to be put on a floppy disk than it holds.",
  "media/no-cd-tool": "No program that makes CD images was found.",
  "media/cd-failed": "The program that makes CD images failed.",
} as const;
