import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { writePosixStarter, writeWindowsStarter } from "./later-steps.ts";

const windows = {
  node: "C:\\a b\\node24\\bin\\node.exe",
  script: "D:\\a\\_actions\\o'x 100%\\dist\\cli.js",
  platform: "win32",
};

describe("what starts the program in later steps", () => {
  it("takes paths of Windows as cmd and as a POSIX shell write them", () => {
    assert.equal(
      writeWindowsStarter(windows),
      '@"C:\\a b\\node24\\bin\\node.exe" "D:\\a\\_actions\\o\'x 100%%\\dist\\cli.js" %*\r\n',
    );
    assert.equal(
      writePosixStarter(windows),
      "#!/bin/sh\nexec 'C:/a b/node24/bin/node.exe' 'D:/a/_actions/o'\\''x 100%/dist/cli.js' \"$@\"\n",
    );
  });

  it("leaves a backslash of other systems alone", () => {
    const starter = writePosixStarter({ node: "/n", script: "/a\\b/cli.js", platform: "linux" });
    assert.equal(starter, "#!/bin/sh\nexec '/n' '/a\\b/cli.js' \"$@\"\n");
  });
});
